export { comparisonCsv } from "./comparison/comparison-csv.ts";
export { formatComparison } from "./comparison/format-comparison.ts";
export { verdict } from "./comparison/verdict.ts";
export type { Explanation } from "./explanation.ts";
export { energyInWords } from "./energy-in-words.ts";
export { EvaluationError } from "./errors.ts";
export { baselines, type Baseline, type BaselineName } from "./metrics/baselines.ts";
export type { BinaryMetrics, Confusion, Estimate, PrPoint, RocPoint } from "./metrics/binary-metrics.ts";
export { evaluateBinary, type EvaluationInput } from "./metrics/evaluate-binary.ts";
export { renderDataSheet } from "./cards/data-sheet.ts";
export { renderModelCard } from "./cards/model-card.ts";
export { renderReport } from "./report/render-report.ts";
export { renderModelPage } from "./report/model-page.ts";
export {
  experimentSchema,
  parseRunSummary,
  runSummarySchema,
  type Experiment,
  type RunSummary,
} from "./run-summary.ts";
export { studyPublished, type PublishedRow, type PublishedTable } from "./study-published.ts";
export { markup, type Markup } from "./markup.ts";
export { darkPalette, lightPalette, paletteProperties } from "./report/palette.ts";
export {
  explanationMethods,
  parseExplanations,
  type ExplainedImage,
  type Explanations,
  type PointingScores,
  type RemovalScores,
} from "./explanations/explanations.ts";
export { pointAt, type LesionBox, type Pointing } from "./explanations/point-at.ts";
export {
  drawRows,
  scorePointing,
  scoreRemoval,
  type PointingRow,
  type RemovalRow,
} from "./explanations/score-explanations.ts";
export { appliedCorrection, recalibrated } from "./judgement/calibration.ts";
export { intendedUse, limitsOfAnswers, notIntended, researchUseOnly } from "./limits.ts";
export { protocolInWords } from "./protocol-in-words.ts";
export { judgementAt, judgePredictions, type JudgementInput } from "./judgement/judge-predictions.ts";
export { judgementSchema, type Judgement, type LevelJudgement, type TestedPoint } from "./judgement/judgement.ts";
export { aggregations, casesOf, levelNames, type Aggregation, type LevelName } from "./judgement/levels.ts";
export {
  operatingRuleSchema,
  ruleInWords,
  type OperatingPoint,
  type OperatingRule,
} from "./judgement/operating-point.ts";
export type { Prediction } from "./judgement/prediction.ts";
export { parsePredictions, predictionsCsv } from "./judgement/predictions-csv.ts";
export {
  compareExperiments,
  type ComparedExperiment,
  type ComparisonOptions,
} from "./comparison/compare-experiments.ts";
export { renderExplanations } from "./explanations/explanations-page.ts";
export { explanationsVerdict } from "./explanations/scores-table.ts";
export { comparedImages, comparisonSchema, type ComparedImages, type Comparison } from "./comparison/comparison.ts";
export { experimentsCsv } from "./comparison/experiments-csv.ts";
export { formatExperiments, formatSettings } from "./comparison/experiments-text.ts";
export { renderExperiments } from "./report/render-experiments.ts";
