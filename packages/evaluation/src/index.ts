export { comparisonCsv } from "./comparison/comparison-csv.ts";
export { formatComparison } from "./comparison/format-comparison.ts";
export { verdict } from "./comparison/verdict.ts";
export { EvaluationError } from "./errors.ts";
export { baselines, type Baseline, type BaselineName } from "./metrics/baselines.ts";
export type { BinaryMetrics, Confusion, Estimate, PrPoint, RocPoint } from "./metrics/binary-metrics.ts";
export { evaluateBinary, type EvaluationInput } from "./metrics/evaluate-binary.ts";
export { renderModelCard } from "./model-card.ts";
export { renderReport } from "./report/render-report.ts";
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
