/** Where a tree parts its rows. */
export interface Split<Node> {
  /** Which column of the feature table. */
  feature: number;
  /** Values below it go `below`, the others `above`. */
  threshold: number;
  /** Where rows go whose value is not known. */
  unknown: "below" | "above";
  /** How much better the rows fit after the split, in the loss of the training. */
  gain: number;
  below: Node;
  above: Node;
}

/** A node of a tree whose leaves hold a number that is added to the log-odds of being malignant. */
export interface GrownNode {
  value: number;
  split?: Split<GrownNode>;
}

/** A node of a tree that is read: how many training rows came here, how many of them were malignant. */
export interface CountedNode {
  rows: number;
  malignant: number;
  /** Of being malignant, with the class weights of the training. */
  probability: number;
  /** Rows whose value of the split's feature is not known. */
  unknownRows: number;
  split?: Split<CountedNode>;
}

/**
 * The node in which a row of values ends.
 *
 * @param values [feature] from `start` on; compared in single precision, as they were in training
 * @param depth how many splits are gone through at most
 */
export function nodeOf<Node extends { split?: Split<Node> }>(
  root: Node,
  values: Float32Array,
  start: number,
  depth = Infinity,
): Node {
  let node = root;
  for (let level = 0; level < depth && node.split !== undefined; level++)
    node = goesBelow(node.split, values[start + node.split.feature]) ? node.split.below : node.split.above;
  return node;
}

export function goesBelow(
  { threshold, unknown }: Omit<Split<unknown>, "below" | "above">,
  value = Number.NaN,
): boolean {
  return Number.isNaN(value) ? unknown === "below" : value < threshold;
}
