import { parseExplanations, type Experiment, type RunSummary } from "@mammoflow/evaluation";
import { objectNames, present } from "@mammoflow/jobs";
import type { ObjectStore } from "@mammoflow/storage";

/** The worst errors of the network with the best AUC that was explained; undefined where none was. */
export async function collectErrors(
  store: ObjectStore,
  runId: string,
  experiments: readonly Experiment[],
): Promise<RunSummary["errors"]> {
  const best = experiments.toSorted((a, b) => (b.metrics.auc.value ?? 0) - (a.metrics.auc.value ?? 0));
  for (const { name } of best) {
    const object = (file: string): string => objectNames.experiment(runId, name, `explanations/${file}`);
    const stored = await store.get(object("explanations.json"));
    if (!stored) continue;
    const explanations = parseExplanations(JSON.parse(stored.bytes.toString()), object("explanations.json"));
    const pictures: Record<string, string> = {};
    for (const { picture } of explanations.images)
      pictures[picture] = present(await store.get(object(picture)), object(picture), runId).bytes.toString("base64");
    return { explanations, pictures };
  }
  return undefined;
}
