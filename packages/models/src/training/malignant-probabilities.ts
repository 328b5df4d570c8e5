/**
 * Probability of being malignant, of each row of logits.
 *
 * With two outputs the loss trains each as a classifier of its own, so that at its optimum they are logit(1 - p) and logit(p).
 * The probability is therefore the sigmoid of half their difference, which is p there; a softmax would be the sigmoid of the
 * whole difference, the same order and the same decisions at .5, but too sure of itself. From .5 on means that the malignant
 * output is the larger one: the study's argmax.
 *
 * @param logits [row, output]: benign and malignant, or malignant alone
 * @returns [row], 0..1
 */
export function malignantProbabilities(logits: Float32Array, outputs: number): Float32Array {
  return Float32Array.from({ length: logits.length / outputs }, (_, row) => {
    const malignant = logits[row * outputs + outputs - 1] ?? Number.NaN;
    const evidence = outputs === 1 ? malignant : (malignant - (logits[row * outputs] ?? Number.NaN)) / 2;
    return 1 / (1 + Math.exp(-evidence));
  });
}

/**
 * Binary cross-entropy of logits, every row weighing 1: the mean over rows and outputs.
 *
 * @param logits [row, output]
 * @param labels 0 benign, 1 malignant, one a row
 */
export function meanBceWithLogits(logits: Float32Array, labels: Uint8Array, outputs: number): number {
  let sum = 0;
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index] ?? Number.NaN;
    const isOfMalignant = index % outputs === outputs - 1;
    const target = (labels[Math.floor(index / outputs)] === 1) === isOfMalignant ? 1 : 0;
    sum += Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - target * logit;
  }
  return sum / logits.length;
}
