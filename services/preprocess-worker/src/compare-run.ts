import {
  compareExperiments,
  parsePredictions,
  type Comparison,
  type Experiment,
  type Prediction,
} from "@mammoflow/evaluation";
import { objectNames, present, type RunConfig } from "@mammoflow/jobs";
import type { ObjectStore } from "@mammoflow/storage";

/**
 * The run's experiments side by side, over their seeds and with their differences, decided where their own metrics are, on the
 * test images of the data sets that they learnt from. Those that leave out the same data set stand in one comparison.
 */
export async function compareRun(
  store: ObjectStore,
  { runId, dataset, bootstrapResamples }: RunConfig,
  experiments: readonly Experiment[],
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  const testOnly = dataset.sources.filter(({ isTestOnly }) => isTestOnly).map(({ name }) => name);
  const [threshold, ...others] = new Set(experiments.map(({ metrics }) => metrics.threshold));
  for (const leftOut of new Set(experiments.map((experiment) => experiment.leftOut))) {
    const entries = await Promise.all(
      experiments
        .filter((experiment) => experiment.leftOut === leftOut)
        .map(async (experiment) => {
          const name = objectNames.experiment(runId, experiment.name, "predictions.csv");
          const { bytes } = present(await store.get(name), name, runId);
          const predictions = parsePredictions(bytes.toString(), name);
          const isInside = ({ source }: Prediction): boolean =>
            source === null || (source !== leftOut && !testOnly.includes(source));
          return { run: runId, experiment, predictions: predictions.filter(isInside) };
        }),
    );
    comparisons.push(
      compareExperiments(entries, {
        threshold: others.length === 0 ? threshold : undefined,
        resamples: bootstrapResamples,
      }),
    );
  }
  return comparisons;
}
