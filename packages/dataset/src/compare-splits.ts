/** Whether training and test share no study, and have the same mix of classes. */
import { chiSquare, type ChiSquareTest } from "./chi-square.ts";
import type { Study } from "./dataset.ts";

export interface SplitComparison {
  /** Malignant share of the test images minus that of the training images, with its 95 % interval. */
  prevalenceDifference: { value: number; low: number; high: number };
  /**
   * Chi-square tests of independence from the split, over studies (images of one study are not independent): whether it
   * has a malignant image, and of what the data set gives its highest BI-RADS and its highest density.
   */
  tests: { class: ChiSquareTest; birads?: ChiSquareTest; density?: ChiSquareTest };
  /** True when no test finds a difference at the 5 % level. */
  isStratified: boolean;
  /** Names the test used, and where its answer is weak. */
  method: string;
  /** Identifiers that occur in both splits; each would leak training images into the test. */
  shared: { patients: number; studies: number; series: number; images: number };
  isDisjoint: boolean;
  /** What is known about patients in both splits. */
  patients: string;
}

export function compareSplits(training: Study[], test: Study[]): SplitComparison {
  const testOf = (nameOf: (study: Study) => string) => {
    const names = [...new Set([...training, ...test].map(nameOf))];
    return chiSquare([training, test].map((studies) => names.map((name) => count(studies, nameOf, name))));
  };
  const biradsOf = (study: Study) => study.images.flatMap(({ birads }) => birads ?? []).toSorted((a, b) => a - b);
  const densitiesOf = (study: Study) => study.images.flatMap(({ density }) => density ?? []).toSorted();
  const isGiven = (valuesOf: (study: Study) => unknown[]) =>
    [...training, ...test].some((study) => valuesOf(study).length > 0);
  const tests: SplitComparison["tests"] = {
    class: testOf((study) => String(study.images.some(({ label }) => label === 1))),
    ...(isGiven(biradsOf) && { birads: testOf((study) => String(biradsOf(study).at(-1))) }),
    ...(isGiven(densitiesOf) && { density: testOf((study) => String(densitiesOf(study).at(-1))) }),
  };
  const smallest = Math.min(...Object.values(tests).map(({ smallestExpected }) => smallestExpected));
  const shared = {
    patients: overlap(training, test, ({ patientId }) => patientId ?? []),
    studies: overlap(training, test, ({ studyId }) => studyId),
    series: overlap(training, test, ({ images }) => images.flatMap(({ seriesId }) => seriesId ?? [])),
    images: overlap(training, test, ({ images }) => images.map(({ imageId }) => imageId)),
  };
  return {
    prevalenceDifference: prevalenceDifference(training, test),
    tests,
    isStratified: Object.values(tests).every(({ p }) => p >= 0.05),
    method:
      "chi-square test of independence over studies, 5 % level; difference of malignant image shares with a 95 % interval that takes studies as the unit" +
      (smallest < 5 ? `; weak here, as the smallest expected count is ${smallest.toFixed(1)}` : ""),
    shared,
    isDisjoint: Object.values(shared).every((count) => count === 0),
    patients: [...training, ...test].every(({ patientId }) => patientId !== undefined)
      ? `${shared.patients === 0 ? "none" : shared.patients} of ${patientsOf([...training, ...test])} is in both splits`
      : "cannot be checked: the annotations name no patient, so two studies of one patient would go unseen",
  };
}

function count(studies: Study[], nameOf: (study: Study) => string, name: string): number {
  return studies.filter((study) => nameOf(study) === name).length;
}

function patientsOf(studies: Study[]): number {
  return new Set(studies.map(({ patientId }) => patientId)).size;
}

function overlap(training: Study[], test: Study[], idsOf: (study: Study) => string | string[]): number {
  const known = new Set(training.flatMap(idsOf));
  return new Set(test.flatMap(idsOf).filter((id) => known.has(id))).size;
}

function prevalenceDifference(training: Study[], test: Study[]) {
  const [first, second] = [clusteredShare(training), clusteredShare(test)];
  const value = second.share - first.share;
  const margin = 1.96 * Math.sqrt(first.variance + second.variance);
  return { value, low: value - margin, high: value + margin };
}

/** The malignant share of images as a ratio of sums over studies, with its linearised variance (Cochran, Sampling Techniques, 6.3). */
function clusteredShare(studies: Study[]): { share: number; variance: number } {
  const images = studies.reduce((sum, study) => sum + study.images.length, 0);
  const share = studies.reduce((sum, study) => sum + malignantOf(study), 0) / images;
  const squares = studies.reduce((sum, study) => sum + (malignantOf(study) - share * study.images.length) ** 2, 0);
  const count = studies.length;
  return { share, variance: count < 2 ? 0 : (squares / (images * images)) * (count / (count - 1)) };
}

function malignantOf({ images }: Study): number {
  return images.filter(({ label }) => label === 1).length;
}
