import { jsonBytes, objectNames, type Experiment } from "@mammoflow/jobs";
import { ModelsError } from "@mammoflow/models";
import type { ObjectStore } from "@mammoflow/storage";
import { explainExperiment } from "./explain/explain-experiment.ts";
import type { Explainers } from "./explain/explainers.ts";
import { putFirst } from "./put-first.ts";

/** Few enough for a training to wait for, and for the report to carry. */
const worst = 4;
const effort = { images: 60, randomHeads: 1, removalImages: 0 };

/**
 * Puts Grad-CAM pictures of an experiment's worst errors beside its model: `explanations/<image>.png`, then
 * `explanations/explanations.json`, which means that the pictures are there. Nothing of what is no network, nor where the backbone's weights are not on
 * this machine: features that another one computed are enough to train a head, and not to explain it.
 */
export async function explainErrors(
  runId: string,
  { name, part }: Experiment,
  { store, explainers }: { store: ObjectStore; explainers: Explainers },
): Promise<void> {
  const object = (file: string): string => objectNames.experiment(runId, name, `explanations/${file}`);
  const isNetwork = part !== "tree" && part !== "boosted";
  if (!isNetwork || (await store.exists(object("explanations.json")))) return;
  const request = { runId, experiment: name, method: "grad-cam", choice: { worst }, scale: 1, effort } as const;
  try {
    const { explanations, pictures } = await explainExperiment(request, { store, explainers, progress: () => {} });
    for (const picture of pictures) await putFirst(store, object(picture.name), picture.png);
    await putFirst(store, object("explanations.json"), jsonBytes(explanations));
  } catch (error) {
    if (!(error instanceof ModelsError && error.code === "WEIGHTS_MISSING")) throw error;
  }
}
