import { z } from "zod";
import { at } from "../metrics/ranking.ts";
import type { LabelledProbabilities } from "./operating-point.ts";

/** Bins of both forms of the expected calibration error (Guo et al. 2017 use 15). */
const calibrationBins = 15;

/** Probabilities are kept this far from 0 and 1, so that every one has a finite logit. */
const margin = 1e-7;

/** `probability' = sigmoid(slope x logit(probability) + intercept)`; a temperature T is the slope 1 / T with no intercept. */
const recalibrationSchema = z.strictObject({ slope: z.number(), intercept: z.number() });
export type Recalibration = z.infer<typeof recalibrationSchema>;

const share = z.number().min(0).max(1);

/** How far probabilities are from what happens, on the cases that they were tested on. */
const calibrationFiguresSchema = z.strictObject({
  /** Expected calibration error over 15 bins of equal width. */
  eceEqualWidth: share,
  /** Expected calibration error over 15 bins of equally many cases. */
  eceEqualMass: share,
  brier: share,
  /** Mean negative log-likelihood, in nats. */
  logLoss: z.number().nonnegative(),
  /** The reliability curve: the bins of equal width that hold a case. */
  curve: z.array(z.strictObject({ cases: z.number().int().positive(), meanProbability: share, malignantShare: share })),
});
export type CalibrationFigures = z.infer<typeof calibrationFiguresSchema>;

/**
 * Calibration as the model gives its probabilities, and after a correction that was fitted on validation and applied to
 * the test cases; null where validation cannot be fitted (no cases, or one class only).
 */
export const calibrationSchema = z.strictObject({
  asGiven: calibrationFiguresSchema,
  /** Temperature scaling: one parameter, which cannot move a probability across .5. */
  temperature: z.strictObject({ temperature: z.number().positive(), ...calibrationFiguresSchema.shape }).nullable(),
  /** Slope and intercept, which also undoes the shift that a sampler or a weighted loss brings. */
  slopeAndIntercept: z.strictObject({ ...recalibrationSchema.shape, ...calibrationFiguresSchema.shape }).nullable(),
});
export type Calibration = z.infer<typeof calibrationSchema>;

/** Fits both corrections on validation and measures all three on test. */
export function calibrate(validation: LabelledProbabilities, test: LabelledProbabilities): Calibration {
  const after = (correction: Recalibration): CalibrationFigures =>
    calibrationFigures({ labels: test.labels, probabilities: recalibrated(test.probabilities, correction) });
  const temperature = fitTemperature(validation);
  const line = fitSlopeAndIntercept(validation);
  return {
    asGiven: calibrationFigures(test),
    temperature: temperature === null ? null : { temperature, ...after({ slope: 1 / temperature, intercept: 0 }) },
    slopeAndIntercept: line && { ...line, ...after(line) },
  };
}

/** The correction that makes calibrated probabilities, and how far they are from what happens. */
export interface AppliedCorrection extends Recalibration {
  by: "slope-and-intercept" | "temperature";
  figures: CalibrationFigures;
}

/**
 * The correction that is applied: slope and intercept, which also undo the shift of a sampler; where validation cannot tell them
 * or finds them upside down, the temperature. Both rise with the probability, so order, AUC and decisions stay as they are.
 *
 * @returns null where nothing could be fitted
 */
export function appliedCorrection({ slopeAndIntercept: line, temperature }: Calibration): AppliedCorrection | null {
  if (line !== null && line.slope > 0)
    return { by: "slope-and-intercept", slope: line.slope, intercept: line.intercept, figures: line };
  if (temperature === null) return null;
  return { by: "temperature", slope: 1 / temperature.temperature, intercept: 0, figures: temperature };
}

/** Calibrated probabilities. */
export function recalibrated(probabilities: ArrayLike<number>, { slope, intercept }: Recalibration): Float64Array {
  return Float64Array.from(logits(probabilities), (logit) => sigmoid(slope * logit + intercept));
}

/**
 * The temperature that makes validation most likely under `sigmoid(logit / T)` (Guo et al. 2017), between 1/20 and 20.
 * The likelihood is log-concave in 1 / T, so its slope is followed to 0 by halving.
 *
 * @returns null where one class is missing
 */
export function fitTemperature({ probabilities, labels }: LabelledProbabilities): number | null {
  if (!hasBothClasses(labels)) return null;
  const given = logits(probabilities);
  const slopeAt = (inverse: number): number =>
    given.reduce((sum, logit, row) => sum + (sigmoid(inverse * logit) - at(labels, row)) * logit, 0);
  let low = 1 / 20;
  let high = 20;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (slopeAt(middle) < 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}

/**
 * The slope and intercept that make validation most likely (Cox 1958; Platt 1999 without his smoothed labels), by Newton's
 * method with halved steps.
 *
 * @returns null where one class is missing, or where the classes do not overlap, so that no finite answer is best
 */
function fitSlopeAndIntercept({ probabilities, labels }: LabelledProbabilities): Recalibration | null {
  if (!hasBothClasses(labels)) return null;
  const given = logits(probabilities);
  const lossOf = ({ slope, intercept }: Recalibration): number =>
    given.reduce((sum, logit, row) => {
      const score = slope * logit + intercept;
      return sum + softplus(score) - at(labels, row) * score;
    }, 0);
  let fit: Recalibration = { slope: 1, intercept: 0 };
  let loss = lossOf(fit);
  for (let step = 0; step < 100; step++) {
    const sums = { slope: 0, intercept: 0, slopeSlope: 0, both: 0, interceptIntercept: 0 };
    given.forEach((logit, row) => {
      const probability = sigmoid(fit.slope * logit + fit.intercept);
      const error = probability - at(labels, row);
      const spread = probability * (1 - probability);
      sums.slope += error * logit;
      sums.intercept += error;
      sums.slopeSlope += spread * logit * logit;
      sums.both += spread * logit;
      sums.interceptIntercept += spread;
    });
    const determinant = sums.slopeSlope * sums.interceptIntercept - sums.both ** 2;
    if (!(determinant > 1e-12)) return null;
    const towards = {
      slope: (sums.interceptIntercept * sums.slope - sums.both * sums.intercept) / determinant,
      intercept: (sums.slopeSlope * sums.intercept - sums.both * sums.slope) / determinant,
    };
    let share = 1;
    let next = fit;
    let nextLoss = Number.POSITIVE_INFINITY;
    for (; share > 1e-6; share /= 2) {
      next = { slope: fit.slope - share * towards.slope, intercept: fit.intercept - share * towards.intercept };
      nextLoss = lossOf(next);
      if (nextLoss <= loss) break;
    }
    const moved = share * (Math.abs(towards.slope) + Math.abs(towards.intercept));
    if (nextLoss > loss || moved < 1e-12) return fit;
    [fit, loss] = [next, nextLoss];
  }
  return null;
}

/**
 * ECE is the mean over bins of |share of malignant cases - mean probability|, weighted by their cases (Naeini et al.
 * 2015). Bins of equal width are `[k / 15, (k + 1) / 15)`, the last with its end; bins of equal mass cut the sorted cases
 * at `floor(k n / 15)`, and cases of the same probability keep their order.
 */
export function calibrationFigures({ probabilities, labels }: LabelledProbabilities): CalibrationFigures {
  const rows = labels.length;
  const width = binned(rows, (row) =>
    Math.min(calibrationBins - 1, Math.floor(at(probabilities, row) * calibrationBins)),
  );
  const order = Int32Array.from({ length: rows }, (_, row) => row).toSorted(
    (a, b) => at(probabilities, a) - at(probabilities, b),
  );
  const mass = Array.from({ length: calibrationBins }, (_, bin) => [
    ...order.subarray(Math.floor((bin * rows) / calibrationBins), Math.floor(((bin + 1) * rows) / calibrationBins)),
  ]);
  const binOf = (members: number[]): CalibrationFigures["curve"][number] => ({
    cases: members.length,
    meanProbability: Math.min(1, sum(members, (row) => at(probabilities, row)) / members.length),
    malignantShare: sum(members, (row) => at(labels, row)) / members.length,
  });
  const errorOf = (bins: CalibrationFigures["curve"]): number =>
    Math.min(
      1,
      sum(bins, (bin) => (bin.cases / rows) * Math.abs(bin.malignantShare - bin.meanProbability)),
    );
  const filled = (bins: number[][]): CalibrationFigures["curve"] =>
    bins.filter((members) => members.length > 0).map(binOf);
  const all = Array.from({ length: rows }, (_, row) => row);
  const curve = filled(width);
  return {
    eceEqualWidth: errorOf(curve),
    eceEqualMass: errorOf(filled(mass)),
    brier: sum(all, (row) => (at(probabilities, row) - at(labels, row)) ** 2) / rows,
    logLoss:
      sum(
        all,
        (row) => -Math.log(within(at(labels, row) === 1 ? at(probabilities, row) : 1 - at(probabilities, row))),
      ) / rows,
    curve,
  };
}

function binned(rows: number, binOf: (row: number) => number): number[][] {
  const bins = Array.from({ length: calibrationBins }, (): number[] => []);
  for (let row = 0; row < rows; row++) bins[binOf(row)]?.push(row);
  return bins;
}

const sum = <Item>(items: readonly Item[], valueOf: (item: Item) => number): number =>
  items.reduce((total, item) => total + valueOf(item), 0);

const within = (probability: number): number => Math.min(1 - margin, Math.max(margin, probability));

const logits = (probabilities: ArrayLike<number>): Float64Array =>
  Float64Array.from(probabilities, (probability) => Math.log(within(probability) / (1 - within(probability))));

const sigmoid = (score: number): number => 1 / (1 + Math.exp(-score));

const softplus = (score: number): number => Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));

function hasBothClasses(labels: ArrayLike<number>): boolean {
  const positives = Array.from(labels).filter((label) => label === 1).length;
  return positives > 0 && positives < labels.length;
}
