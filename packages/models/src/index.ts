export { cutOf } from "./architectures/cut-of.ts";
export * from "./backbone-names.ts";
export * from "./backbones.ts";
export * from "./create-extractor.ts";
export { createExplainer, type ExplainedImage, type Explainer } from "./explain/create-explainer.ts";
export { classifierOf, randomClassifier, type Classifier } from "./explain/classifier.ts";
export type { HeatMap } from "./explain/heat-map.ts";
export { occlude } from "./explain/occlusion.ts";
export { removalCurves, type RemovalCurves } from "./explain/removal-curves.ts";
export { readActivations, writeActivations, type Activations } from "./activations.ts";
export { decodeFloat16, encodeFloat16 } from "./formats/float16.ts";
export * from "./features.ts";
export { flipImage } from "./flip-image.ts";
export * from "./formats/safetensors.ts";
export type { Precision } from "./graph/graph-builder.ts";
export { graphVersion, writeSavedModel } from "./graph/write-saved-model.ts";
export * from "./weights/list-weights.ts";
export { importWeights, type ImportOutcome } from "./weights/import-weights.ts";
export { verifyWeights, type VerifiedWeights } from "./weights/verify-weights.ts";
export * from "./load-tensorflow.ts";
export { loadWeights, type WeightsSource } from "./weights/load-weights.ts";
export * from "./models-error.ts";
export * from "./weights/pull-weights.ts";
export * from "./state-dict.ts";
export * from "./weights/published-weights.ts";
export { imbalanceStrategies, imbalanceStrategyNames, type ImbalanceStrategy } from "./training/imbalance.ts";
export { createPredictor, type Predictor, type PredictorOptions } from "./training/create-predictor.ts";
export { predictExamples, testFlipNames, testVariants, type TestFlips } from "./training/predict-examples.ts";
export { trainModel } from "./training/train-model.ts";
export { readModel, type ModelFile } from "./training/trained-model.ts";
export { featureExamples, imageExamples, type Examples } from "./training/examples.ts";
export * from "./training/train-model-options.ts";
export { settingsOf } from "./training/settings-of.ts";
export * from "./training/training-settings.ts";
export { explainFeatureModel, type ExplainedNode, type FeatureExplanation } from "./trees/explain-features.ts";
export { featureModelSchema, predictFeatureModel, type FeatureModel } from "./trees/feature-model.ts";
export type { FeatureFacts, FeatureTable } from "./trees/feature-table.ts";
export {
  featureBaselineKinds,
  trainFeatureBaseline,
  type FeatureBaselineOptions,
} from "./trees/train-feature-baseline.ts";
export { exportFormats, exportModel, type ExportFormat } from "./export/export-model.ts";
export { trainedNetwork, type TrainedNetwork } from "./export/trained-network.ts";
export { describeLikeness, unlikeness, type Likeness } from "./likeness/likeness.ts";
export { pooledRow } from "./likeness/pooled-row.ts";
export { loadXgboost } from "./trees/load-xgboost.ts";
