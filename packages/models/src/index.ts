export * from "./backbone-names.ts";
export * from "./backbones.ts";
export * from "./create-extractor.ts";
export * from "./features.ts";
export * from "./formats/safetensors.ts";
export { graphVersion, writeSavedModel } from "./graph/write-saved-model.ts";
export * from "./weights/list-weights.ts";
export * from "./load-tensorflow.ts";
export { loadWeights, type WeightsSource } from "./weights/load-weights.ts";
export * from "./models-error.ts";
export * from "./weights/pull-weights.ts";
export * from "./state-dict.ts";
export * from "./weights/published-weights.ts";
export { predictHead, readHead, type Head } from "./training/head.ts";
export type { HeadRow } from "./training/head-rows.ts";
export { imbalanceStrategies, imbalanceStrategyNames, type ImbalanceStrategy } from "./training/imbalance.ts";
export {
  trainHead,
  type EpochRecord,
  type TrainedHead,
  type TrainHeadHooks,
  type TrainHeadOptions,
} from "./training/train-head.ts";
