import { z } from "zod";
import type { Xgboost } from "./load-xgboost.ts";
import type { GrownNode } from "./tree-nodes.ts";

/** What trees are grown from. */
export interface TreeRows {
  /** [row, feature], NaN where not known. */
  values: Float32Array;
  /** [row] 0 benign, 1 malignant. */
  labels: Uint8Array;
  /** [row] */
  weights: Float32Array;
}

export interface GrowthOptions {
  rounds: number;
  maxDepth: number;
  /** Of each tree's contribution. */
  learningRate: number;
  /** Shrinks the leaves: added to the sum of second derivatives. */
  lambda: number;
  /** The least sum of weights in a leaf. */
  minLeafWeight: number;
  /** Share of the rows that each tree sees. */
  subsample: number;
  seed: number;
}

/** The second derivative of the logistic loss at log-odds 0, by which XGBoost weighs rows. */
const curvatureAtZero = 0.25;

/**
 * Trees that are added up to the log-odds of being malignant, beginning at 0: gradient boosting on the logistic loss
 * (J. Friedman, "Greedy function approximation", 2001; T. Chen and C. Guestrin, "XGBoost", 2016), exact splits.
 *
 * One round with learning rate 1 and no shrinkage is a classification tree by Gini impurity: at log-odds 0 all second
 * derivatives are equal, and the gain of a split is, but for a factor, the impurity that it takes away.
 *
 * One thread: the same rows and seed give the same trees.
 */
export function growTrees(
  xgboost: Xgboost,
  { values, labels, weights }: TreeRows,
  options: GrowthOptions,
): GrownNode[] {
  const { rounds, maxDepth, learningRate, lambda, minLeafWeight, subsample, seed } = options;
  const matrix = xgboost.createMatrix(values, labels.length, values.length / labels.length);
  try {
    xgboost.setMatrix(matrix, "label", Float32Array.from(labels));
    xgboost.setMatrix(matrix, "weight", weights);
    const booster = xgboost.createBooster(matrix, {
      objective: "binary:logistic",
      base_score: "0.5",
      tree_method: "exact",
      nthread: "1",
      verbosity: "0",
      max_depth: String(maxDepth),
      eta: String(learningRate),
      lambda: String(lambda),
      min_child_weight: String(curvatureAtZero * minLeafWeight),
      subsample: String(subsample),
      seed: String(seed),
    });
    try {
      for (let round = 0; round < rounds; round++) xgboost.update(booster, round, matrix);
      return xgboost.dump(booster).map((text) => grownNode(dumpedSchema.parse(JSON.parse(text))));
    } finally {
      xgboost.freeBooster(booster);
    }
  } finally {
    xgboost.freeMatrix(matrix);
  }
}

/** A node as XGBoost writes it; features are `f0`, `f1`, ... */
type Dumped =
  | { leaf: number }
  | {
      split: string;
      split_condition: number;
      yes: number;
      missing: number;
      gain: number;
      children: [Dumped, Dumped];
    };

const dumpedSchema: z.ZodType<Dumped> = z.lazy(() =>
  z.union([
    z.object({ leaf: z.number() }),
    z.object({
      split: z.string().regex(/^f\d+$/),
      split_condition: z.number(),
      yes: z.number(),
      missing: z.number(),
      gain: z.number(),
      children: z.tuple([dumpedSchema, dumpedSchema]),
    }),
  ]),
);

/** XGBoost lists the child for values below the condition (`yes`) first. */
function grownNode(dumped: Dumped): GrownNode {
  if ("leaf" in dumped) return { value: dumped.leaf };
  const [below, above] = dumped.children;
  return {
    value: 0,
    split: {
      feature: Number(dumped.split.slice(1)),
      threshold: dumped.split_condition,
      unknown: dumped.missing === dumped.yes ? "below" : "above",
      gain: dumped.gain,
      below: grownNode(below),
      above: grownNode(above),
    },
  };
}
