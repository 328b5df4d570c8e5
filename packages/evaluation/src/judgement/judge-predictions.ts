import { EvaluationError } from "../errors.ts";
import {
  decisionMetricNames,
  metricNames,
  rankingMetricNames,
  type Estimate,
  type MetricName,
} from "../metrics/binary-metrics.ts";
import { bootstrap, numberUnits, type Resampled } from "../metrics/bootstrap.ts";
import { confusionAt, createSample, type Sample } from "../metrics/sample.ts";
import { calibrate } from "./calibration.ts";
import type { Gap, Judgement, LevelJudgement, Subgroup } from "./judgement.ts";
import { casesOf, levelsOf, type Aggregation, type Case, type LevelName } from "./levels.ts";
import {
  chooseOperatingPoint,
  type LabelledProbabilities,
  type OperatingPoint,
  type OperatingRule,
} from "./operating-point.ts";
import type { Prediction } from "./prediction.ts";
import { groupingsOf, smallGroup, type Group } from "./subgroups.ts";

export interface JudgementInput {
  /** Images kept from training, on which thresholds and calibration are chosen; may be none. */
  validation: readonly Prediction[];
  test: readonly Prediction[];
  /** How the operating point is chosen, the highest F1 unless told. */
  rule?: OperatingRule | undefined;
  /** How the probabilities of a breast's images become that of the breast, the mean unless told. */
  aggregation?: Aggregation | undefined;
  /** The sources of the training images. */
  trainedOn?: readonly string[] | undefined;
  /** Bootstrap resamples, 2000 unless told; 0: no intervals. */
  resamples?: number | undefined;
  /** Seed of the resampling; the same seed gives the same intervals. */
  seed?: number | undefined;
}

/** Operating points that stand beside the chosen one, so that a reader sees what another choice would have given. */
const otherRules: OperatingRule[] = [
  { kind: "max-f1" },
  { kind: "youden" },
  { kind: "sensitivity", atLeast: 0.9 },
  { kind: "specificity", atLeast: 0.9 },
  { kind: "fixed", threshold: 0.5 },
];

/**
 * Judges one model on its test images: per image, breast and patient, with operating points and calibration that are
 * chosen on validation, and by subgroup and source at the image level.
 *
 * Intervals are 95 % percentile intervals of the cluster bootstrap over patients. Where validation cannot choose an
 * operating point, the threshold is .5, and its rule says so.
 *
 * @throws EvaluationError (`EVALUATION_INPUT`) when there is no test image
 */
export function judgePredictions({
  validation,
  test,
  rule = { kind: "max-f1" },
  aggregation = "mean",
  trainedOn = [],
  resamples = 2000,
  seed = 1,
}: JudgementInput): Judgement {
  if (test.length === 0)
    throw new EvaluationError(
      "EVALUATION_INPUT",
      "There is no test image to judge the model on: give the data set a test split, or make one with --test-share.",
    );
  const patients = numberUnits(
    test.map(({ patientId }) => patientId),
    test.length,
  );
  const numberOf = new Map(test.map(({ patientId }, row) => [patientId, patients.unitOf[row] ?? 0]));
  const samples: Sample[] = [];
  const add = (cases: readonly Case[], thresholds: number[]): number =>
    samples.push(
      createSample({
        ...columnsOf(cases),
        unitOf: cases.map(({ patientId }) => numberOf.get(patientId) ?? 0),
        thresholds,
      }),
    ) - 1;

  const levels = levelsOf(test).map((level) => {
    const own = columnsOf(casesOf(validation, level, aggregation));
    const cases = casesOf(test, level, aggregation);
    const points = operatingPointsOf(own, rule);
    const sample = add(
      cases,
      points.map(({ threshold }) => threshold),
    );
    return { level, cases, points, sample, calibration: calibrate(own, columnsOf(cases)) };
  });
  const chosen = levels[0]?.points[0]?.threshold ?? 0.5;
  const addGroup = (group: Group): { group: Group; sample: number } => ({
    group,
    sample: add(casesOf(group.predictions, "image", aggregation), [chosen]),
  });
  const groupings = groupingsOf(test).map(({ column, groups }) => ({ column, groups: groups.map(addGroup) }));
  const isInside = ({ source }: Prediction): boolean => source !== null && trainedOn.includes(source);
  const [inside, outside] = [
    { value: "inside", predictions: test.filter(isInside) },
    { value: "outside", predictions: test.filter((prediction) => prediction.source !== null && !isInside(prediction)) },
  ].map((group) => (group.predictions.length === 0 ? null : addGroup(group)));

  const measured = bootstrap(samples, { units: patients.units, resamples, seed });
  const describe = (part: { group: Group; sample: number }): Subgroup => subgroupOf(part.group, part.sample, measured);
  return {
    aggregation,
    bootstrap: { resamples, seed, unit: "group", units: patients.units },
    levels: levels.map(({ level, cases, points, sample, calibration }) => ({
      level,
      cases: cases.length,
      positives: cases.filter(({ label }) => label === 1).length,
      ranking: estimatesOf(rankingMetricNames, (name) => measured.estimate(sample, name)),
      operatingPoints: points.map((point, cut) => ({
        ...point,
        test: {
          ...estimatesOf(decisionMetricNames, (name) => measured.estimate(sample, name, cut)),
          confusion: confusionAt(samples[sample] as Sample, cut), // `add` has just put it there
        },
      })),
      calibration,
    })),
    subgroups: groupings.map(({ column, groups }) => {
      const described = groups.map((part) => ({ ...part, subgroup: describe(part) }));
      return { column, groups: described.map(({ subgroup }) => subgroup), gaps: gapsOf(described, measured) };
    }),
    transfer:
      trainedOn.length === 0 || (!inside && !outside)
        ? null
        : {
            trainedOn: [...trainedOn],
            inside: inside ? describe(inside) : null,
            outside: outside ? describe(outside) : null,
            aucDifference:
              inside && outside
                ? measured.combine(
                    [
                      { sample: inside.sample, factor: 1 },
                      { sample: outside.sample, factor: -1 },
                    ],
                    "auc",
                  )
                : null,
          },
  };
}

/** What was found out at a level; null where the predictions did not tell its cases apart. */
export function judgementAt({ levels }: Judgement, level: LevelName): LevelJudgement | null {
  return levels.find((judged) => judged.level === level) ?? null;
}

/** The chosen point first; without one, the fixed .5. */
function operatingPointsOf(validation: LabelledProbabilities, rule: OperatingRule): OperatingPoint[] {
  const isSame = (other: OperatingRule): boolean => JSON.stringify(other) === JSON.stringify(rule);
  const points = [rule, ...otherRules.filter((other) => !isSame(other))].map((one) =>
    chooseOperatingPoint(validation, one),
  );
  const fixed = points.findIndex((point) => point?.rule.kind === "fixed");
  return [
    points[0] ?? points[fixed],
    ...points.filter((_, index) => index > 0 && (points[0] || index !== fixed)),
  ].filter((point) => point !== null && point !== undefined);
}

function subgroupOf({ value, predictions }: Group, sample: number, measured: Resampled): Subgroup {
  const malignant = new Set(predictions.filter(({ label }) => label === 1).map(({ patientId }) => patientId));
  const patients = new Set(predictions.map(({ patientId }) => patientId));
  const rows = (isCounted: (prediction: Prediction) => boolean): number =>
    predictions.reduce((sum, prediction) => sum + (isCounted(prediction) ? prediction.rows : 0), 0);
  return {
    value,
    rows: rows(() => true),
    patients: patients.size,
    positives: rows(({ label }) => label === 1),
    isSmall: malignant.size < smallGroup || patients.size - malignant.size < smallGroup,
    metrics: estimatesOf(metricNames, (name) => measured.estimate(sample, name)),
  };
}

function gapsOf(
  groups: readonly { sample: number; subgroup: Subgroup }[],
  measured: Resampled,
): Partial<Record<MetricName, Gap>> {
  const gaps: Partial<Record<MetricName, Gap>> = {};
  for (const name of metricNames) {
    const ordered = groups
      .filter(({ subgroup }) => !subgroup.isSmall && subgroup.metrics[name].value !== null)
      .toSorted((a, b) => (a.subgroup.metrics[name].value ?? 0) - (b.subgroup.metrics[name].value ?? 0));
    const [lowest, highest] = [ordered[0], ordered.at(-1)];
    if (!lowest || !highest || lowest === highest) continue;
    gaps[name] = {
      highest: highest.subgroup.value,
      lowest: lowest.subgroup.value,
      difference: measured.combine(
        [
          { sample: highest.sample, factor: 1 },
          { sample: lowest.sample, factor: -1 },
        ],
        name,
      ),
    };
  }
  return gaps;
}

function estimatesOf<Name extends MetricName>(
  names: readonly Name[],
  estimate: (name: Name) => Estimate,
): Record<Name, Estimate> {
  return Object.fromEntries(names.map((name) => [name, estimate(name)])) as Record<Name, Estimate>; // fromEntries forgets the names it was given
}

function columnsOf(cases: readonly Case[]): { probabilities: number[]; labels: number[] } {
  return { probabilities: cases.map(({ probability }) => probability), labels: cases.map(({ label }) => label) };
}
