/** What a run's store holds, for those who need no queue: its client takes a quarter of a second to load. */
export { appendAudit, appendAuditTo, readAudit, readAuditIn, type AuditEvent } from "./audit.ts";
export { imageFeaturesName, planExperiments, type ExperimentPlan, type SettingAxis } from "./plan-experiments.ts";
export { runConfigSchema, sourceNamed, type Experiment, type RunConfig } from "./run-config.ts";
export * from "./run-objects.ts";
export { trainingImagesSchema, type TrainingImages } from "./training-images.ts";
export type { WeightsFacts } from "./weights-facts.ts";
