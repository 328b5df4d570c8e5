import { EvaluationError } from "../errors.ts";
import { flattenSettings } from "../flatten-settings.ts";
import { groupsOf } from "../groups-of.ts";
import { judgementAt } from "../judgement/judge-predictions.ts";
import { casesOf, type Aggregation, type LevelName } from "../judgement/levels.ts";
import type { Prediction } from "../judgement/prediction.ts";
import { baselines } from "../metrics/baselines.ts";
import { metricNames, type Estimate, type MetricName } from "../metrics/binary-metrics.ts";
import { bootstrap, numberUnits, type Resampled, type Term } from "../metrics/bootstrap.ts";
import { createSample } from "../metrics/sample.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";
import type { ComparedImages, ComparedRow, Comparison, Difference } from "./comparison.ts";
import { delong } from "./delong.ts";
import { holm } from "./holm.ts";
import { seedMetrics, seriesName } from "./series.ts";

/** One experiment with what it said of its test images. */
export interface ComparedExperiment {
  run: string;
  experiment: Experiment;
  predictions: readonly Prediction[];
  /** The run's own settings, so that what differs between runs can be told. */
  configuration?: RunSummary["configuration"];
}

export interface ComparisonOptions {
  /** The image unless told. */
  level?: LevelName | undefined;
  /** Those of the sources that each model learnt from unless told, as its own metrics are. */
  images?: ComparedImages | undefined;
  /** One threshold for all; without it each model decides at its own operating point, or at .5 where it has none. */
  threshold?: number | undefined;
  /** The row that the others are compared with, by its name or that of one of its experiments; the best AUC unless told. */
  against?: string | undefined;
  /** 2000 unless told. */
  resamples?: number | undefined;
  seed?: number | undefined;
}

/**
 * Compares experiments on the images that all of them were tested on.
 *
 * Experiments that differ in nothing but their seed are one row: the mean over the seeds, never the best of them. All rows
 * are measured on the same resamples of patients, so that differences are paired.
 *
 * @throws EvaluationError (`COMPARISON`) when there is nothing to compare, no image is common, the labels of common images
 *   differ, or no row has the name that was given
 */
export function compareExperiments(
  entries: readonly ComparedExperiment[],
  { level = "image", images = "inside", threshold, against, resamples = 2000, seed = 1 }: ComparisonOptions = {},
): Comparison {
  const { common, leftOut } = onCommonImages(
    entries.map((entry) => ({ ...entry, predictions: entry.predictions.filter((one) => isAmong(one, images, entry)) })),
  );
  const [first] = common;
  if (!first)
    throw new EvaluationError("COMPARISON", "There is no experiment to compare: give runs that have trained a model.");
  const aggregation: Aggregation = entries[0]?.experiment.judgement?.aggregation ?? "mean";
  const cases = casesOf(first, level, aggregation);
  const labels = cases.map(({ label }) => label);
  const patients = numberUnits(
    cases.map(({ patientId }) => patientId),
    cases.length,
  );
  const probabilities = common.map((predictions) =>
    casesOf(predictions, level, aggregation).map((one) => one.probability),
  );
  const thresholdOf = ({ judgement }: Experiment): number =>
    threshold ?? (judgement && judgementAt(judgement, level)?.operatingPoints[0]?.threshold) ?? 0.5;
  const samples = entries.map(({ experiment }, entry) =>
    createSample({
      labels,
      probabilities: probabilities[entry] ?? [],
      unitOf: patients.unitOf,
      thresholds: [thresholdOf(experiment)],
    }),
  );
  const measured = bootstrap(samples, { units: patients.units, resamples, seed });

  const series = groupsOf(
    entries.map((entry, sample) => ({ ...entry, sample })),
    ({ run, experiment }) => JSON.stringify([run, seriesName(experiment)]),
  )
    .map((members) => ({ members, row: rowOf(members, thresholdOf, measured) }))
    .toSorted((a, b) => (b.row.metrics.auc.value ?? -1) - (a.row.metrics.auc.value ?? -1));
  const reference = referenceOf(series, against);
  const terms = (row: number, sign: number): Term[] => {
    const members = series[row]?.members ?? [];
    return members.map(({ sample }) => ({ sample, factor: sign / members.length }));
  };
  const differences = series.flatMap(({ members }, row): Difference[] => {
    if (row === reference) return [];
    const both = [...terms(row, 1), ...terms(reference, -1)];
    const [one, ...more] = members;
    const [other, ...others] = series[reference]?.members ?? [];
    const test =
      one && other && more.length === 0 && others.length === 0
        ? delong(labels, [probabilities[one.sample] ?? [], probabilities[other.sample] ?? []])
        : null;
    return [
      {
        row,
        metrics: Object.fromEntries(metricNames.map((name) => [name, measured.combine(both, name)])) as Record<
          MetricName,
          Estimate
        >, // fromEntries forgets the names it was given
        p: measured.chanceOf(both, "auc"),
        holm: null,
        delong: test && { low: test.low, high: test.high, p: test.p },
      },
    ];
  });
  const corrected = holm(differences.map(({ p }) => p));
  return {
    level,
    images,
    threshold: threshold ?? "own",
    cases: cases.length,
    positives: labels.filter((label) => label === 1).length,
    bootstrap: { resamples, seed, unit: "group", units: patients.units },
    leftOut,
    rows: series.map(({ row }) => row),
    reference: { row: reference, isBest: against === undefined },
    differences: differences.map((difference, index) => ({ ...difference, holm: corrected[index] ?? null })),
    baselines: baselines(labels, { groups: cases.map(({ patientId }) => patientId), resamples, seed }).map(
      ({ name, title, metrics }) => ({
        name,
        title,
        metrics: Object.fromEntries(metricNames.map((metric) => [metric, metrics[metric]])) as Record<
          MetricName,
          Estimate
        >, // fromEntries forgets the names it was given
      }),
    ),
    settings: differingSettings(series.map(({ members }) => members)),
  };
}

function isAmong({ source }: Prediction, images: ComparedImages, { experiment }: ComparedExperiment): boolean {
  const trainedOn = experiment.judgement?.transfer?.trainedOn;
  const isInside = trainedOn === undefined || (source !== null && trainedOn.includes(source));
  return images === "all" || isInside === (images === "inside");
}

/** Each experiment's predictions of the images that all have, in one order, with the first one's facts about them. */
function onCommonImages(entries: readonly ComparedExperiment[]): {
  common: Prediction[][];
  leftOut: Comparison["leftOut"];
} {
  const keyOf = ({ studyId, imageId }: Prediction): string => JSON.stringify([studyId, imageId]);
  const byKey = entries.map(({ predictions }) => new Map(predictions.map((one) => [keyOf(one), one])));
  const [first = [], ...others] = entries.map(({ predictions }) => predictions);
  const shared = others.length === 0 ? first : first.filter((one) => byKey.every((known) => known.has(keyOf(one))));
  if (entries.length > 0 && shared.length === 0)
    throw new EvaluationError(
      "COMPARISON",
      `${runsOf(entries)} have no test image in common, so nothing can be paired: compare runs on the same data set and split, or other images (--images).`,
    );
  const common = entries.map(({ run }, entry) =>
    shared.map((one) => {
      const other = byKey[entry]?.get(keyOf(one)) ?? one;
      if (other.label !== one.label || other.rows !== one.rows)
        throw new EvaluationError(
          "COMPARISON",
          `Image ${one.imageId} of study ${one.studyId} has the label ${other.label}, ${other.rows} times, in ${run}, and ${one.label}, ${one.rows} times, in ${entries[0]?.run}: their label rules differ, so their numbers cannot be compared.`,
        );
      return { ...one, probability: other.probability };
    }),
  );
  const leftOut = new Map(entries.map(({ run, predictions }) => [run, predictions.length - shared.length]));
  return { common, leftOut: [...leftOut].filter(([, images]) => images > 0).map(([run, images]) => ({ run, images })) };
}

const runsOf = (entries: readonly ComparedExperiment[]): string =>
  [...new Set(entries.map(({ run }) => run))].join(", ");

/** At least one experiment, and its sample's number. */
type Members = readonly [SampledExperiment, ...SampledExperiment[]];
interface SampledExperiment extends ComparedExperiment {
  sample: number;
}

function rowOf(members: Members, thresholdOf: (experiment: Experiment) => number, measured: Resampled): ComparedRow {
  const [{ run, experiment }] = members;
  const { backbone, backboneTitle, strategy, part } = experiment;
  const terms = members.map(({ sample }) => ({ sample, factor: 1 / members.length }));
  return {
    run,
    name: seriesName(experiment),
    backbone,
    backboneTitle,
    strategy,
    part,
    seeds: members.map((member) => member.experiment.seed),
    thresholds: members.map((member) => thresholdOf(member.experiment)),
    metrics: seedMetrics(
      (name) => measured.combine(terms, name),
      (name) => members.map(({ sample }) => measured.estimate(sample, name).value),
    ),
  };
}

function referenceOf(series: readonly { row: ComparedRow; members: Members }[], against: string | undefined): number {
  if (against === undefined) return 0;
  const found = series.findIndex(
    ({ row, members }) =>
      row.name === against || row.run === against || members.some(({ experiment }) => experiment.name === against),
  );
  if (found >= 0) return found;
  throw new EvaluationError(
    "COMPARISON",
    `No row is named ${against}: give one of ${series.map(({ row }) => row.name).join(", ")}.`,
  );
}

/** What each experiment makes of its own seed or name is no difference in settings. */
const identities = new Set(["runId", "experiments"]);

function differingSettings(series: readonly Members[]): Comparison["settings"] {
  const settingsOf = series.map((members) => {
    const [{ run, experiment, configuration = {} }] = members;
    const { backbone, strategy, part, leftOut, weights } = experiment;
    return new Map([
      ...flattenSettings({ run, backbone, strategy, part, ...(leftOut !== undefined && { leftOut }) }),
      ...flattenSettings({ weights: weights.source, ...experiment.configuration, ...experiment.settings }),
      ...flattenSettings(
        Object.fromEntries(Object.entries(configuration).filter(([name]) => !identities.has(name))),
        "run.",
      ),
    ]);
  });
  return [...new Set(settingsOf.flatMap((settings) => [...settings.keys()]))]
    .map((setting) => ({ setting, values: settingsOf.map((settings) => settings.get(setting) ?? null) }))
    .filter(({ values }) => new Set(values).size > 1);
}
