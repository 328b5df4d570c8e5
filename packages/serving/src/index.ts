import type { ObjectStore } from "@mammoflow/storage";
import type { PromotedModel } from "./promoted-model.ts";

export { openModel, type OpenModelOptions } from "./open-model.ts";
export { parseModelName, type ModelName } from "./model-name.ts";
export type { PromotedModel };
export type { LikenessFacts } from "./likeness-facts.ts";
export {
  mostImages,
  warningCodes,
  type CallOptions,
  type ExplainedRegion,
  type Explanation,
  type GivenImage,
  type ImagePrediction,
  type LevelFacts,
  type ModelFacts,
  type Prediction,
  type QualityWarning,
  type ServedModel,
} from "./served-model.ts";

// What reads a run's objects loads when it is asked for: whoever opens a model starts a process first.

/** The model that answers where none is named; undefined where nobody has promoted one of this store. */
export async function promotedModel(store: ObjectStore): Promise<PromotedModel | undefined> {
  return (await import("./promoted-model.ts")).promotedModel(store);
}

/**
 * Makes a model the one that answers where none is named; who did it and why goes into the run's audit log.
 *
 * @throws AppError `RUN_UNKNOWN`, `EXPERIMENT_UNKNOWN` when the run has not trained it to its end
 */
export async function promote(
  store: ObjectStore,
  choice: Pick<PromotedModel, "run" | "experiment" | "by" | "why">,
): Promise<PromotedModel> {
  return (await import("./promoted-model.ts")).promote(store, choice);
}
