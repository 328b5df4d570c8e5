import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node";
import type { TensorFlow } from "../load-tensorflow.ts";

/**
 * Binary cross-entropy with logits, softplus(z) - y z, which neither overflows nor loses its gradient: as PyTorch's
 * BCEWithLogitsLoss(weight = rowWeights[:, None]), averaged over rows x outputs and not over the sum of weights.
 *
 * @param logits [row, output]
 * @param targets [row, output], one-hot
 * @param rowWeights [row]
 */
export function bceWithLogits(tf: TensorFlow, logits: Tensor2D, targets: Tensor2D, rowWeights: Tensor1D): Scalar {
  const losses = tf.softplus(logits).sub(targets.mul(logits));
  return losses.mul(rowWeights.expandDims(1)).mean();
}

/**
 * The same loss of plain numbers, every row weighing 1.
 *
 * @param logits [row, output] of two outputs, benign and malignant
 * @param labels 0 benign, 1 malignant, one a row
 */
export function meanBceWithLogits(logits: Float64Array, labels: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < logits.length; index++) {
    const logit = logits[index] ?? Number.NaN;
    const target = labels[index >> 1] === (index & 1) ? 1 : 0;
    sum += Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - target * logit;
  }
  return sum / logits.length;
}
