import type { BinaryMetrics, Estimate } from "../metrics/binary-metrics.ts";
import type { Experiment, NotRun, RunSummary } from "../run-summary.ts";
import { studyPublished, type PublishedRow } from "../study-published.ts";

/** The columns of every comparison, in their order. */
export const comparisonColumns = [
  { name: "accuracy", title: "Accuracy" },
  { name: "precision", title: "Precision" },
  { name: "recall", title: "Recall" },
  { name: "specificity", title: "Specificity" },
  { name: "f1", title: "F1" },
  { name: "auc", title: "AUC" },
] as const;
export type ComparisonColumn = (typeof comparisonColumns)[number]["name"];

export interface ComparisonRow {
  kind: "baseline" | "model" | "not-run" | "published";
  name: string;
  title: string;
  backbone: string | null;
  strategy: string | null;
  estimates: Record<ComparisonColumn, Estimate>;
  /** For a model: the metrics whose interval lies wholly above what looking at no image reaches. */
  clears: ("AUC" | "F1")[];
  experiment: Experiment | null;
  /** Why there are no numbers; null where there are. */
  notRun: string | null;
}

export interface ComparisonGroup {
  title: string;
  rows: ComparisonRow[];
}

/**
 * The comparison, grouped: the baselines; then each backbone, best AUC first and those that could not run last, its
 * experiments followed by the study's published row for that backbone; then the published rows of other backbones.
 */
export function comparisonGroups(summary: RunSummary): ComparisonGroup[] {
  const experiments = byAuc(summary.experiments);
  const backbones = [...new Set([...experiments, ...summary.notRun].map(({ backbone }) => backbone))];
  const groups: ComparisonGroup[] = [
    {
      title: "Rules that look at no image",
      rows: summary.baselines.map(({ name, title, metrics }) => ({
        kind: "baseline",
        name,
        title,
        backbone: null,
        strategy: null,
        estimates: estimatesOf(metrics),
        clears: [],
        experiment: null,
        notRun: null,
      })),
    },
    ...backbones.map((backbone) => {
      const own = experiments.filter((experiment) => experiment.backbone === backbone);
      const missing = summary.notRun.filter((experiment) => experiment.backbone === backbone);
      return {
        title: own[0]?.backboneTitle ?? publishedOf(backbone)[0]?.title ?? backbone,
        rows: [
          ...own.map(modelRow),
          ...missing.map(notRunRow),
          ...publishedOf(backbone).map((row) => publishedRow(row, `published: ${row.strategy}`)),
        ],
      };
    }),
    {
      title: "Published by the study, not run here",
      rows: studyPublished.rows
        .filter((row) => !backbones.includes(row.backbone))
        .map((row) => publishedRow(row, `${row.title}: ${row.strategy}`)),
    },
  ];
  return groups.filter((group) => group.rows.length > 0);
}

/** Experiments by AUC, best first; an undefined AUC comes last, and equal ones keep the order of their names. */
export function byAuc(experiments: readonly Experiment[]): Experiment[] {
  return experiments.toSorted((a, b) => aucOf(b) - aucOf(a) || (a.name < b.name ? -1 : 1));
}

/** The metrics whose interval lies wholly above chance (AUC .5) or above calling every row malignant (F1). */
export function clearedBaselines(metrics: BinaryMetrics): ("AUC" | "F1")[] {
  const cleared: ("AUC" | "F1")[] = [];
  if ((metrics.auc.low ?? 0) > 0.5) cleared.push("AUC");
  if ((metrics.f1Gain.low ?? 0) > 0) cleared.push("F1");
  return cleared;
}

const aucOf = (experiment: Experiment): number => experiment.metrics.auc.value ?? -1;

const publishedOf = (backbone: string): PublishedRow[] =>
  studyPublished.rows.filter((row) => row.backbone === backbone);

const withoutInterval = (value: number | null): Estimate => ({ value, low: null, high: null });

function modelRow(experiment: Experiment): ComparisonRow {
  return {
    kind: "model",
    name: experiment.name,
    title: `${experiment.strategy}, ${experiment.part}, s${experiment.seed}`,
    backbone: experiment.backbone,
    strategy: experiment.strategy,
    estimates: estimatesOf(experiment.metrics),
    clears: clearedBaselines(experiment.metrics),
    experiment,
    notRun: null,
  };
}

function notRunRow({ name, backbone, strategy, part, seed, reason }: NotRun): ComparisonRow {
  return {
    kind: "not-run",
    name,
    title: `${strategy}, ${part}, s${seed}`,
    backbone,
    strategy,
    estimates: {
      accuracy: unknown,
      precision: unknown,
      recall: unknown,
      specificity: unknown,
      f1: unknown,
      auc: unknown,
    },
    clears: [],
    experiment: null,
    notRun: reason,
  };
}

const unknown: Estimate = { value: null, low: null, high: null };

function publishedRow(row: PublishedRow, title: string): ComparisonRow {
  return {
    kind: "published",
    name: `published-${row.backbone}`,
    title,
    backbone: row.backbone,
    strategy: row.strategy,
    estimates: {
      accuracy: withoutInterval(row.accuracy),
      precision: withoutInterval(row.precision),
      recall: withoutInterval(row.recall),
      specificity: unknown,
      f1: withoutInterval(row.f1),
      auc: unknown,
    },
    clears: [],
    experiment: null,
    notRun: null,
  };
}

function estimatesOf(metrics: BinaryMetrics): Record<ComparisonColumn, Estimate> {
  const { accuracy, precision, recall, specificity, f1, auc } = metrics;
  return { accuracy, precision, recall, specificity, f1, auc };
}
