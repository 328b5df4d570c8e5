export * from "./dataset.ts";
export { DatasetError } from "./errors.ts";
export { formatValidation } from "./format-validation.ts";
export { readDataset } from "./read-dataset.ts";
export { describeDataset, type DatasetStatistics, type SplitStatistics } from "./describe-dataset.ts";
export { formatStatistics } from "./format-statistics.ts";
export { statisticsHtml } from "./statistics-html.ts";
export {
  validateDataset,
  type ValidationIssue,
  type ValidationOptions,
  type ValidationReport,
} from "./validate-dataset.ts";
export { writePhantomDataset, type PhantomOptions, type PhantomSummary } from "./phantom/write-phantom-dataset.ts";
