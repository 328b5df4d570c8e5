import { appendAudit, jsonBytes, objectNames, readJson, readRunConfig } from "@mammoflow/jobs/objects";
import { replaceObject, type ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { untrained } from "./model-source.ts";

const promotedSchema = z.strictObject({
  run: z.string().min(1),
  experiment: z.string().min(1),
  by: z.string().min(1),
  at: z.string(),
  why: z.string().min(1),
});

/** The model of a store that answers where none is named: which one, who chose it, when and why. */
export type PromotedModel = z.infer<typeof promotedSchema>;

/** @returns undefined where nobody has promoted a model of this store */
export function promotedModel(store: ObjectStore): Promise<PromotedModel | undefined> {
  return readJson(store, objectNames.promoted(), promotedSchema);
}

/**
 * Makes a model the one that answers where none is named. Who did it and why stands in the run's audit log first, then it holds:
 * what was cut short between the two is done by doing it again.
 *
 * @throws AppError `RUN_UNKNOWN`, `EXPERIMENT_UNKNOWN` when the run has not trained it to its end
 */
export async function promote(
  store: ObjectStore,
  { run, experiment, by, why }: Pick<PromotedModel, "run" | "experiment" | "by" | "why">,
  now = new Date(),
): Promise<PromotedModel> {
  await requireTrained(store, run, experiment);
  const previous = await promotedModel(store);
  const instead = previous && `${previous.run}/${previous.experiment}`;
  const event = { who: by, action: "promoted", facts: { experiment, why, ...(instead !== undefined && { instead }) } };
  const { at } = await appendAudit(store, run, event, now);
  const promoted: PromotedModel = { run, experiment, by, at, why };
  await replaceObject(store, objectNames.promoted(), () => jsonBytes(promoted));
  return promoted;
}

async function requireTrained(store: ObjectStore, run: string, experiment: string): Promise<void> {
  const config = await readRunConfig(store, run);
  if (!(await store.exists(objectNames.experiment(run, experiment, "metrics.json"))))
    throw untrained(config, experiment);
}
