import { elementCount, type StateDict } from "../state-dict.ts";
import { createPredictorOf } from "./create-predictor.ts";
import { malignantProbabilities, meanBceWithLogits } from "./malignant-probabilities.ts";
import type { RowColumns } from "./row-columns.ts";
import type { EpochRecord, TrainModelHooks, TrainModelOptions } from "./train-model-options.ts";

/** Rows that are read at once. */
const rowsPerRead = 32;

/** Judges tensors under training on the validation rows, unflipped and by the running statistics. */
export async function validate(
  tensors: StateDict,
  { backbone, weights, settings, examples }: TrainModelOptions,
  { images, labels }: RowColumns,
  { areaUnderRoc }: TrainModelHooks,
  signal: AbortSignal | undefined,
): Promise<Pick<EpochRecord, "validationLoss" | "validationAuc">> {
  if (images.length === 0) return { validationLoss: null, validationAuc: null };
  const { part, outputs } = settings;
  const predictor = await createPredictorOf({ backbone, part, outputs, tensors }, weights, examples.shape);
  const length = elementCount(examples.shape);
  const logits = new Float32Array(images.length * outputs);
  const read = new Float32Array(rowsPerRead * length);
  try {
    for (let start = 0; start < images.length; start += rowsPerRead) {
      signal?.throwIfAborted();
      const some = images.subarray(start, start + rowsPerRead);
      for (const [place, image] of some.entries())
        await examples.read(image, "none", read.subarray(place * length, (place + 1) * length));
      logits.set(await predictor.logits(read.subarray(0, some.length * length)), start * outputs);
    }
  } finally {
    predictor.close();
  }
  return {
    validationLoss: meanBceWithLogits(logits, labels, outputs),
    validationAuc: areaUnderRoc(malignantProbabilities(logits, outputs), labels),
  };
}
