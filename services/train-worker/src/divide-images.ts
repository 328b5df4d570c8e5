import { patientOf, type Experiment, type ManifestLine, type RunConfig } from "@mammoflow/jobs";
import type { TrainingRow } from "@mammoflow/models";
import { splitValidation } from "./split-validation.ts";

/** Which images an experiment learns from, chooses by, and is judged on; each as its place in the manifest. */
export interface DividedImages {
  training: number[];
  /** For the epoch, the operating point and the calibration. */
  validation: number[];
  /** The test split of the data sets that it learns from. */
  test: number[];
  /** Images of data sets that it does not learn from. */
  outside: number[];
}

/**
 * Divides the images by split, data set and patient. Nobody is in two parts, but where the test split validates: then
 * `validation` is `test`, and all of the training split is learnt from.
 */
export function divideImages(
  manifest: ManifestLine[],
  { dataset, validationShare, validateOn }: Pick<RunConfig, "dataset" | "validationShare" | "validateOn">,
  { leftOut, seed }: Pick<Experiment, "leftOut" | "seed">,
): DividedImages {
  const outsiders = new Set(dataset.sources.filter(({ isTestOnly }) => isTestOnly).map(({ name }) => name));
  if (leftOut !== undefined) outsiders.add(leftOut);
  const isLearnt = (line: ManifestLine): boolean => line.split === "training" && !outsiders.has(line.dataset);
  const setAside =
    validateOn === "test" ? new Set<string>() : splitValidation(manifest.filter(isLearnt), validationShare, seed);
  const placesWhere = (isIn: (line: ManifestLine) => boolean): number[] =>
    manifest.flatMap((line, place) => (isIn(line) ? [place] : []));
  const test = placesWhere((line) => line.split === "test" && !outsiders.has(line.dataset));
  return {
    training: placesWhere((line) => isLearnt(line) && !setAside.has(patientOf(line))),
    validation: validateOn === "test" ? test : placesWhere((line) => isLearnt(line) && setAside.has(patientOf(line))),
    test,
    outside: placesWhere((line) => outsiders.has(line.dataset)),
  };
}

/** The data sets that an experiment learns from. */
export function trainedSources(
  { dataset }: Pick<RunConfig, "dataset">,
  { leftOut }: Pick<Experiment, "leftOut">,
): string[] {
  return dataset.sources.filter(({ name, isTestOnly }) => !isTestOnly && name !== leftOut).map(({ name }) => name);
}

/** The rows of these images: an image that counts several times has several. */
export function rowsOf(manifest: ManifestLine[], images: number[]): TrainingRow[] {
  return images.flatMap((image) => {
    const line = manifest[image];
    return line ? Array.from({ length: line.rows }, () => ({ image, label: line.label })) : [];
  });
}
