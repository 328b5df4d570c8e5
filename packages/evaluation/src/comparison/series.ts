import { formatShare } from "../format.ts";
import { groupsOf } from "../groups-of.ts";
import { metricNames, type Estimate, type MetricName } from "../metrics/binary-metrics.ts";
import type { Experiment, NotRun, RunSummary } from "../run-summary.ts";
import type { SeedEstimate, SeedMetrics } from "./comparison.ts";

/** The experiments of a run that differ in nothing but their seed, and their metrics over the seeds. */
export interface Series {
  name: string;
  experiments: readonly [Experiment, ...Experiment[]];
  metrics: SeedMetrics;
}

/**
 * A run's experiments by series, best mean AUC first; an undefined AUC comes last, and equal ones keep the order of their
 * names. With several seeds the intervals are those of the mean, which only the summary's comparisons know.
 */
export function seriesOf({ experiments, comparisons = [] }: RunSummary): Series[] {
  return groupsOf(experiments, seriesName)
    .map((own): Series => {
      const [first, ...more] = own;
      const name = seriesName(first);
      const compared = comparisons.flatMap(({ rows }) => rows).find((row) => row.name === name);
      if (more.length > 0 && compared) return { name, experiments: own, metrics: compared.metrics };
      const valuesOf = (metric: MetricName): (number | null)[] => own.map(({ metrics }) => metrics[metric].value);
      const meanWithout = (metric: MetricName): Estimate => ({
        value: meanOf(valuesOf(metric)),
        low: null,
        high: null,
      });
      return {
        name,
        experiments: own,
        metrics: seedMetrics(more.length === 0 ? (metric) => first.metrics[metric] : meanWithout, valuesOf),
      };
    })
    .toSorted((a, b) => aucOf(b) - aucOf(a) || (a.name < b.name ? -1 : 1));
}

/**
 * The series that a run is summed up by: the best mean AUC among those that left no data set out, because those that did
 * were tested on other images.
 */
export function bestSeries(summary: RunSummary): Series | undefined {
  const all = seriesOf(summary);
  return all.find(({ experiments }) => experiments[0].leftOut === undefined) ?? all[0];
}

const aucOf = ({ metrics }: Series): number => metrics.auc.value ?? -1;

/** The seed whose AUC is the median: what is drawn of a series with several seeds. */
export function medianSeed({ experiments }: Series): Experiment {
  const ordered = experiments.toSorted((a, b) => (a.metrics.auc.value ?? -1) - (b.metrics.auc.value ?? -1));
  return ordered[Math.floor((ordered.length - 1) / 2)] ?? experiments[0];
}

/** Where the models of a run decide. */
export function decidedAtInWords({ experiments }: RunSummary): string {
  const [threshold, ...others] = new Set(experiments.map(({ metrics }) => metrics.threshold));
  return others.length === 0 && threshold !== undefined
    ? `at a probability of ${formatShare(threshold)}`
    : "each at its operating point, which validation chose";
}

/** `seed 1`, `3 seeds` */
export function seedsInWords({ experiments }: Series): string {
  return experiments.length === 1 ? `seed ${experiments[0].seed}` : `${experiments.length} seeds`;
}

/** `sampler, head` and what else tells the experiment from its neighbours, without its backbone and seed. */
export function variantInWords({ strategy, part, settings = {}, leftOut }: Experiment | NotRun): string {
  return [
    strategy,
    part,
    ...Object.entries(settings).map(([name, value]) => `${name} ${value}`),
    ...(leftOut === undefined ? [] : [`without ${leftOut}`]),
  ].join(", ");
}

/** The name of an experiment without its seed: what experiments have in common that differ in nothing else. */
export function seriesName({ name, part, seed }: Pick<Experiment, "name" | "part" | "seed">): string {
  return name.replace(`${part}-s${seed}`, part);
}

/** Metrics over seeds: `meanOf` gives the mean with its interval, `valuesOf` the seeds' own values. */
export function seedMetrics(
  estimateOf: (name: MetricName) => Estimate,
  valuesOf: (name: MetricName) => (number | null)[],
): SeedMetrics {
  return Object.fromEntries(
    metricNames.map((name): [MetricName, SeedEstimate] => {
      const { value, low, high } = estimateOf(name);
      return [name, { value, low, high, ...spreadOf(valuesOf(name)) }];
    }),
  ) as SeedMetrics; // fromEntries forgets the names it was given
}

/** The standard deviation (with n - 1) and the range of several seeds; null of one, and where a seed has no value. */
function spreadOf(values: readonly (number | null)[]): Omit<SeedEstimate, keyof Estimate> {
  const mean = meanOf(values);
  const defined = values.filter((value) => value !== null);
  if (values.length < 2 || mean === null) return { sd: null, min: null, max: null };
  const squares = defined.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { sd: Math.sqrt(squares / (defined.length - 1)), min: Math.min(...defined), max: Math.max(...defined) };
}

/** Null where one of the values is. */
function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length < values.length ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}
