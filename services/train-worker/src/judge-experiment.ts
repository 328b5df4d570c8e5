import {
  evaluateBinary,
  judgePredictions,
  type BinaryMetrics,
  type Judgement,
  type Prediction,
} from "@mammoflow/evaluation";
import { patientOf, type ManifestLine } from "@mammoflow/jobs";
import { trainedSources } from "./divide-images.ts";
import type { ExperimentInputs } from "./experiment-inputs.ts";

/** What a model said of the images that it was not trained on. */
export interface Predictions {
  validation: Prediction[];
  /** Of the data sets that it was trained on. */
  test: Prediction[];
  /** Of other data sets. */
  outside: Prediction[];
}

/** How good a model is. */
export interface Judged {
  /** Per image, decided at .5. */
  metrics: BinaryMetrics;
  judgement: Judgement;
}

/**
 * Judges a model on the test split of the data sets that it learnt from: per image at .5, as the study did, and at all
 * levels with operating points and calibration from validation. What other data sets show stands beside it, as transfer.
 */
export function judgeExperiment(
  { validation, test, outside }: Predictions,
  { config, experiment }: Pick<ExperimentInputs, "config" | "experiment">,
): Judged {
  const resamples = config.bootstrapResamples;
  const rows = test.flatMap((prediction) => Array.from({ length: prediction.rows }, () => prediction));
  const metrics = evaluateBinary({
    probabilities: rows.map(({ probability }) => probability),
    labels: rows.map(({ label }) => label),
    groups: rows.map(({ patientId }) => patientId),
    resamples,
  });
  const trainedOn = trainedSources(config, experiment);
  const { aggregation } = config;
  const inside = judgePredictions({ validation, test, aggregation, resamples });
  const { transfer } =
    outside.length === 0
      ? inside
      : judgePredictions({ validation, test: [...test, ...outside], aggregation, trainedOn, resamples });
  return { metrics, judgement: { ...inside, transfer } };
}

/** What is said of one image, with all that results can be told apart by. */
export function predictionOf(line: ManifestLine, probability: number): Prediction {
  const { age, ...groups } = line.groups;
  const decade = /^\d+/.exec(age ?? "")?.[0];
  return {
    imageId: line.imageId,
    studyId: line.studyId,
    patientId: patientOf(line),
    source: line.dataset,
    laterality: line.laterality,
    view: line.viewPosition,
    birads: line.birads,
    density: line.density,
    manufacturer: line.manufacturer,
    // Where the tables know only the decade, its first year stands for it.
    ageYears: line.ageYears ?? (decade === undefined ? null : Number(decade)),
    label: line.label,
    rows: line.rows,
    probability,
    groups,
  };
}
