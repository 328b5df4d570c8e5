import { growTrees, type TreeRows } from "./grow-trees.ts";
import type { Xgboost } from "./load-xgboost.ts";
import { type CountedNode, goesBelow, type GrownNode, nodeOf } from "./tree-nodes.ts";

/** A tree that is deeper is not read any more. */
const mostSplits = 4;

/**
 * A classification tree of at most four levels (Breiman and others, "Classification and Regression Trees", 1984).
 *
 * Its depth is decided by cross-validation over whole patients: the smallest whose Brier score is within one standard error
 * of the best one's.
 *
 * @param folds [row] as `patientFolds` gives them
 */
export function trainTree(
  xgboost: Xgboost,
  rows: TreeRows,
  folds: Uint8Array,
  minLeafWeight: number,
): { root: CountedNode; maxDepth: number } {
  const grow = (part: TreeRows): CountedNode => {
    const options = { rounds: 1, maxDepth: mostSplits, learningRate: 1, lambda: 0, subsample: 1, seed: 0 };
    const [tree] = growTrees(xgboost, part, { ...options, minLeafWeight });
    return counted(
      tree ?? { value: 0 },
      part,
      Int32Array.from(part.labels, (_, row) => row),
    );
  };
  const root = grow(rows);
  const maxDepth = chosenDepth(rows, folds, grow);
  return { root: cutAt(root, maxDepth), maxDepth };
}

/** How many rows of the training come to each node, and how many of them are malignant. */
function counted({ split }: GrownNode, rows: TreeRows, here: Int32Array): CountedNode {
  const { values, labels, weights } = rows;
  const width = values.length / labels.length;
  const weightOf = (label: number): number =>
    here.reduce((sum, row) => sum + (labels[row] === label ? (weights[row] ?? 0) : 0), 0);
  const malignant = here.reduce((sum, row) => sum + (labels[row] ?? 0), 0);
  const malignantWeight = weightOf(1);
  const facts = {
    rows: here.length,
    malignant,
    // Laplace's rule of succession: a leaf without a benign row is no certainty.
    probability: (malignantWeight + 1) / (malignantWeight + weightOf(0) + 2),
    unknownRows: 0,
  };
  if (split === undefined) return facts;
  const valueOf = (row: number): number => values[row * width + split.feature] ?? Number.NaN;
  return {
    ...facts,
    unknownRows: here.reduce((sum, row) => sum + (Number.isNaN(valueOf(row)) ? 1 : 0), 0),
    split: {
      ...split,
      below: counted(
        split.below,
        rows,
        here.filter((row) => goesBelow(split, valueOf(row))),
      ),
      above: counted(
        split.above,
        rows,
        here.filter((row) => !goesBelow(split, valueOf(row))),
      ),
    },
  };
}

/** The first levels of a tree grown level by level are the tree that would have been grown with so many. */
function cutAt({ split, ...facts }: CountedNode, depth: number): CountedNode {
  if (split === undefined || depth === 0) return { ...facts, unknownRows: 0 };
  return { ...facts, split: { ...split, below: cutAt(split.below, depth - 1), above: cutAt(split.above, depth - 1) } };
}

function chosenDepth(rows: TreeRows, folds: Uint8Array, grow: (part: TreeRows) => CountedNode): number {
  const foldCount = Math.max(...folds) + 1;
  if (foldCount < 2) return 2; // too few patients to compare depths
  const depths = Array.from({ length: mostSplits }, (_, index) => index + 1);
  const scores = Array.from({ length: foldCount }, (_, fold) => {
    const tree = grow(rowsWhere(rows, (row) => folds[row] !== fold));
    const held = rowsWhere(rows, (row) => folds[row] === fold);
    return depths.map((depth) => weightedBrier(tree, depth, held));
  });
  const means = depths.map((_, index) => mean(scores.map((score) => score[index] ?? 0)));
  const best = Math.min(...means);
  const atBest = scores.map((score) => score[means.indexOf(best)] ?? 0);
  const standardError = Math.sqrt(mean(atBest.map((score) => (score - best) ** 2)) / (foldCount - 1));
  return depths[means.findIndex((score) => score <= best + standardError)] ?? mostSplits;
}

function weightedBrier(tree: CountedNode, depth: number, { values, labels, weights }: TreeRows): number {
  const width = values.length / labels.length;
  let [sum, total] = [0, 0];
  for (const [row, label] of labels.entries()) {
    const weight = weights[row] ?? 0;
    sum += weight * (nodeOf(tree, values, row * width, depth).probability - label) ** 2;
    total += weight;
  }
  return sum / total;
}

export function rowsWhere({ values, labels, weights }: TreeRows, isIn: (row: number) => boolean): TreeRows {
  const width = values.length / labels.length;
  const chosen = [...labels.keys()].filter(isIn);
  const part = {
    values: new Float32Array(chosen.length * width),
    labels: Uint8Array.from(chosen, (row) => labels[row] ?? 0),
    weights: Float32Array.from(chosen, (row) => weights[row] ?? 0),
  };
  for (const [place, row] of chosen.entries())
    part.values.set(values.subarray(row * width, (row + 1) * width), place * width);
  return part;
}

const mean = (numbers: number[]): number => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
