import { attribute, type GraphBuilder } from "../../graph/graph-builder.ts";

const floats = { T: attribute.type("float32") };

export interface LossOptions {
  /** [output], added to the logits first. */
  logitAdjustment: readonly number[];
  /** Exponent of the focal loss; null: plain cross-entropy. */
  focalGamma: number | null;
}

export interface LossInputs {
  /** [row, output] */
  logits: string;
  /** [row, output], 0..1 */
  targets: string;
  /** [row, 1], what each output of a row counts in the sum. */
  rowWeights: string;
}

/**
 * Binary cross-entropy with logits, softplus(z) - y z, which neither overflows nor loses its gradient: PyTorch's
 * BCEWithLogitsLoss(reduction="sum", weight=rowWeights). As focal loss (Lin et al. 2017, https://arxiv.org/abs/1708.02002) each
 * is multiplied by the probability of being wrong, p + y - 2 p y, to the power of gamma: torchvision's sigmoid_focal_loss
 * without alpha.
 *
 * @returns nodes of the weighted sum, and of its gradient with respect to the logits
 */
export function writeLoss(
  graph: GraphBuilder,
  { logits, targets, rowWeights }: LossInputs,
  { logitAdjustment, focalGamma }: LossOptions,
): { loss: string; logitsGradient: string } {
  let count = 0;
  const node = (op: string, ...inputs: string[]): string => graph.node(op, inputs, floats, `loss/${op}-${count++}`);
  const number = (value: number): string => graph.floats(`loss/number-${count++}`, [], Float32Array.of(value));
  const adjustment = graph.floats("loss/adjustment", [logitAdjustment.length], Float32Array.from(logitAdjustment));
  const adjusted = logitAdjustment.some((value) => value !== 0) ? node("AddV2", logits, adjustment) : logits;
  const probability = node("Sigmoid", adjusted);
  const entropy = node("Sub", node("Softplus", adjusted), node("Mul", targets, adjusted));
  const slope = node("Sub", probability, targets);

  const focal = (gamma: number): { each: string; gradient: string } => {
    const spread = node("Sub", number(1), node("Mul", number(2), targets)); // 1 - 2 y
    const wrong = node("AddV2", node("Mul", probability, spread), targets);
    const wrongSlope = node("Mul", spread, node("Mul", probability, node("Sub", number(1), probability)));
    const factor = node("Pow", wrong, number(gamma));
    const factorSlope = node("Mul", node("Mul", number(gamma), node("Pow", wrong, number(gamma - 1))), wrongSlope);
    return {
      each: node("Mul", entropy, factor),
      gradient: node("AddV2", node("Mul", slope, factor), node("Mul", entropy, factorSlope)),
    };
  };
  const { each, gradient } = focalGamma === null ? { each: entropy, gradient: slope } : focal(focalGamma);
  const axes = graph.integers("loss/axes", [2], [0, 1]);
  const reduction = { ...floats, Tidx: attribute.type("int32"), keep_dims: attribute.boolean(false) };
  return {
    loss: graph.node("Sum", [node("Mul", each, rowWeights), axes], reduction, "loss/sum"),
    logitsGradient: node("Mul", gradient, rowWeights),
  };
}
