import type { Prediction, QualityWarning } from "@mammoflow/serving";

/** An answer for people: what it is about, the probability, and a line for each warning. */
export function predictionLines(files: readonly string[], prediction: Prediction): string[] {
  const { level, probability, calibrated, label, threshold, images, warnings } = prediction;
  const about = files.length === 1 ? files[0] : `${files.length} images, the ${level}`;
  const place = `${label === 1 ? "at or above" : "below"} the threshold of ${shown(threshold)}`;
  return [
    `${about}: ${shown(probability)}, ${place}${calibrated === null ? "" : `; calibrated ${shown(calibrated)}`}`,
    ...(images.length === 1 ? [] : images.map((image, index) => `  ${files[index]}: ${shown(image.probability)}`)),
    ...warningLines(files, warnings),
  ];
}

/** Stands below every answer. */
export function reviewLine([first]: readonly Pick<Prediction, "model" | "version">[]): string {
  const by = first && `By ${first.model}, version ${first.version.slice(0, 12)}. `;
  return `${by ?? ""}Probabilities of being malignant. Research use only. Review by a qualified reader required.`;
}

export function warningLines(files: readonly string[], warnings: readonly QualityWarning[]): string[] {
  return warnings.map(
    ({ message, image }) =>
      `  warning${image === undefined || files.length === 1 ? "" : ` (${files[image]})`}: ${message}`,
  );
}

const shown = (probability: number): string => probability.toFixed(3);
