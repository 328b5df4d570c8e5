import { logistic } from "./feature-model.ts";
import { growTrees, type TreeRows } from "./grow-trees.ts";
import type { Xgboost } from "./load-xgboost.ts";
import { rowsWhere } from "./train-tree.ts";
import { type GrownNode, nodeOf } from "./tree-nodes.ts";

/** Shallow trees, small steps, some rows left out of each: Friedman's advice (2001, 2002). */
const growth = { maxDepth: 3, learningRate: 0.1, lambda: 1, subsample: 0.8 };
const mostRounds = 200;
/** Where there are too few patients for cross-validation. */
const roundsUnseen = 50;

export interface BoostedTrees {
  trees: GrownNode[];
  maxDepth: number;
  learningRate: number;
  lambda: number;
  subsample: number;
}

/**
 * Gradient-boosted trees. How many is decided by cross-validation over whole patients: as many as give the least logistic
 * loss.
 *
 * @param folds [row] as `patientFolds` gives them
 */
export function trainBoosted(
  xgboost: Xgboost,
  rows: TreeRows,
  folds: Uint8Array,
  { minLeafWeight, seed }: { minLeafWeight: number; seed: number },
): BoostedTrees {
  const grow = (part: TreeRows, rounds: number): GrownNode[] =>
    growTrees(xgboost, part, { ...growth, rounds, minLeafWeight, seed });
  return { ...growth, trees: grow(rows, chosenRounds(rows, folds, grow)) };
}

function chosenRounds(
  rows: TreeRows,
  folds: Uint8Array,
  grow: (part: TreeRows, rounds: number) => GrownNode[],
): number {
  const foldCount = Math.max(...folds) + 1;
  if (foldCount < 2) return roundsUnseen;
  const losses = new Float64Array(mostRounds);
  for (let fold = 0; fold < foldCount; fold++) {
    const trees = grow(
      rowsWhere(rows, (row) => folds[row] !== fold),
      mostRounds,
    );
    const held = rowsWhere(rows, (row) => folds[row] === fold);
    for (const [round, loss] of lossesByRound(trees, held).entries()) losses[round] = (losses[round] ?? 0) + loss;
  }
  return losses.indexOf(Math.min(...losses)) + 1;
}

/** The logistic loss of held-out rows after each tree, a sum over weighted rows. */
function lossesByRound(trees: GrownNode[], { values, labels, weights }: TreeRows): number[] {
  const width = values.length / labels.length;
  const logOdds = new Float64Array(labels.length);
  return trees.map((tree) => {
    let loss = 0;
    for (const [row, label] of labels.entries()) {
      const sum = (logOdds[row] ?? 0) + nodeOf(tree, values, row * width).value;
      logOdds[row] = sum;
      loss -= (weights[row] ?? 0) * Math.log(logistic(label === 1 ? sum : -sum));
    }
    return loss;
  });
}
