/** What is known about the numbers of training images, and how far from them an image may lie. Plain JSON. */
export interface Likeness {
  /** What the numbers are, in words. */
  of: string;
  /** Of each number over the training images; null where it was never known. */
  mean: (number | null)[];
  deviation: (number | null)[];
  trainingImages: number;
  validationImages: number;
  /** Of the validation images' scores, which gives the threshold. */
  quantile: number;
  threshold: number;
}

/** With fewer training images their spread says nothing. */
const leastImages = 8;
const quantile = 0.99;
/** A number that hardly moves among the training images counts as if it moved by this share of the median deviation. */
const floorShare = 0.1;

/**
 * Statistics of training images by which others are told that are unlike them: the score is the root mean square of an image's
 * numbers, each in standard deviations from the training images' mean (a Mahalanobis distance with a diagonal covariance, cf. Lee
 * et al. 2018, https://arxiv.org/abs/1807.03888), and its threshold the 99th percentile of validation images, which the statistics
 * have not seen. A low score does not say that an image is fit to be judged.
 *
 * @param training one row of numbers an image, NaN where one is not known
 * @returns null where there are fewer than 8 training images, or none for validation
 */
export function describeLikeness(
  of: string,
  training: readonly Float32Array[],
  validation: readonly Float32Array[],
): Likeness | null {
  const [first] = training;
  if (first === undefined || training.length < leastImages || validation.length === 0) return null;
  const moments = Array.from(first, (_, column) => momentsOf(training, column));
  const known = moments.flatMap(({ deviation }) => (deviation === null ? [] : [deviation]));
  const floor = floorShare * (known.toSorted((a, b) => a - b)[Math.floor(known.length / 2)] ?? 0);
  const statistics = {
    mean: moments.map(({ mean }) => rounded(mean)),
    deviation: moments.map(({ deviation }) => rounded(deviation && Math.hypot(deviation, floor))),
  };
  const scores = validation.map((row) => unlikeness(row, statistics)).toSorted((a, b) => a - b);
  const threshold = scores[Math.ceil(quantile * scores.length) - 1] ?? 0;
  return {
    of,
    ...statistics,
    trainingImages: training.length,
    validationImages: validation.length,
    quantile,
    threshold: rounded(threshold) ?? 0,
  };
}

/**
 * How unlike the training images an image is: 1 is what is usual among them.
 *
 * @param row its numbers, as many as the statistics have
 */
export function unlikeness(row: Float32Array, { mean, deviation }: Pick<Likeness, "mean" | "deviation">): number {
  let sum = 0;
  let count = 0;
  for (const [column, value] of row.entries()) {
    const [centre, spread] = [mean[column] ?? null, deviation[column] ?? null];
    if (centre === null || spread === null || spread === 0 || Number.isNaN(value)) continue;
    sum += ((value - centre) / spread) ** 2;
    count++;
  }
  return count === 0 ? 0 : Math.sqrt(sum / count);
}

function momentsOf(rows: readonly Float32Array[], column: number): { mean: number | null; deviation: number | null } {
  let [sum, squares, count] = [0, 0, 0];
  for (const row of rows) {
    const value = row[column] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    sum += value;
    squares += value * value;
    count++;
  }
  if (count < leastImages) return { mean: null, deviation: null };
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

/** Six digits are more than such statistics are worth, and half the bytes. */
const rounded = <Value extends number | null>(value: Value): Value =>
  (value === null ? null : Number(value.toPrecision(6))) as Value; // of the same kind as it was given
