import type { Estimate, MetricName } from "../metrics/binary-metrics.ts";
import { quantileOf, z975 } from "../metrics/normal.ts";
import type { NotRun, RunSummary } from "../run-summary.ts";
import { studyPublished, type PublishedRow } from "../study-published.ts";
import type { SeedEstimate } from "./comparison.ts";
import { seedsInWords, seriesOf, variantInWords, type Series } from "./series.ts";

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
  /** Of a series of several seeds the mean with its spread. */
  estimates: Record<ComparisonColumn, Estimate & Partial<SeedEstimate>>;
  /** For a model: the metrics whose interval, widened for the number of models, lies wholly above what looking at no image reaches. */
  clears: ("AUC" | "F1")[];
  /** The experiments behind a model's row: one a seed. */
  series: Series | null;
  /** Why there are no numbers; null where there are. */
  notRun: string | null;
}

export interface ComparisonGroup {
  title: string;
  rows: ComparisonRow[];
}

/**
 * The comparison, grouped: the baselines; then each backbone, best mean AUC first and those that could not run last, its
 * series (one row for all seeds) followed by the study's published row for that backbone; then the published rows of other backbones.
 */
export function comparisonGroups(summary: RunSummary): ComparisonGroup[] {
  const series = seriesOf(summary);
  const backboneOf = ({ experiments }: Series): string => experiments[0].backbone;
  const backbones = [...new Set([...series.map(backboneOf), ...summary.notRun.map(({ backbone }) => backbone)])];
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
        series: null,
        notRun: null,
      })),
    },
    ...backbones.map((backbone) => {
      const own = series.filter((one) => backboneOf(one) === backbone);
      const missing = summary.notRun.filter((experiment) => experiment.backbone === backbone);
      return {
        title: own[0]?.experiments[0].backboneTitle ?? publishedOf(backbone)[0]?.title ?? backbone,
        rows: [
          ...own.map((one) => modelRow(one, series.length)),
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

/**
 * The metrics whose interval lies wholly above chance (AUC .5) or above calling every row malignant (F1).
 *
 * @param models among so many: the intervals are widened by Bonferroni's correction, in the ratio of normal quantiles, so that
 *   the chance that any of them clears a baseline without skill stays what it is for one
 */
export function clearedBaselines(
  { auc, f1Gain }: Readonly<Record<"auc" | "f1Gain", Estimate>>,
  models = 1,
): ("AUC" | "F1")[] {
  const widening = models === 1 ? 1 : quantileOf(0.05 / models) / z975;
  const lies = ({ value, low }: Estimate, above: number): boolean =>
    value !== null && low !== null && value - widening * (value - low) > above;
  return [...(lies(auc, 0.5) ? (["AUC"] as const) : []), ...(lies(f1Gain, 0) ? (["F1"] as const) : [])];
}

const publishedOf = (backbone: string): PublishedRow[] =>
  studyPublished.rows.filter((row) => row.backbone === backbone);

const withoutInterval = (value: number | null): Estimate => ({ value, low: null, high: null });

function modelRow(series: Series, models: number): ComparisonRow {
  const [experiment] = series.experiments;
  return {
    kind: "model",
    name: series.name,
    title: `${variantInWords(experiment)}, ${series.experiments.length === 1 ? `s${experiment.seed}` : seedsInWords(series)}`,
    backbone: experiment.backbone,
    strategy: experiment.strategy,
    estimates: estimatesOf(series.metrics),
    clears: clearedBaselines(series.metrics, models),
    series,
    notRun: null,
  };
}

function notRunRow(planned: NotRun): ComparisonRow {
  const { name, backbone, strategy, seed, reason } = planned;
  return {
    kind: "not-run",
    name,
    title: `${variantInWords(planned)}, s${seed}`,
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
    series: null,
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
    series: null,
    notRun: null,
  };
}

function estimatesOf<One extends Estimate>(metrics: Readonly<Record<MetricName, One>>): Record<ComparisonColumn, One> {
  const { accuracy, precision, recall, specificity, f1, auc } = metrics;
  return { accuracy, precision, recall, specificity, f1, auc };
}
