import type { FeatureModel } from "./feature-model.ts";
import type { FeatureFacts } from "./feature-table.ts";
import type { CountedNode, GrownNode, Split } from "./tree-nodes.ts";

/** A node of the tree as it is read: plain JSON with the feature in words. */
export interface ExplainedNode {
  rows: number;
  malignant: number;
  probability: number;
  split?: {
    feature: FeatureFacts;
    threshold: number;
    /** The side of rows whose value is not known; absent where every row's was. */
    unknown?: "below" | "above";
    below: ExplainedNode;
    above: ExplainedNode;
  };
}

/** What a baseline learnt, for people. */
export interface FeatureExplanation {
  /** Of the one tree. */
  tree?: ExplainedNode;
  /** How many trees were added up. */
  trees: number;
  /** Each feature's part of all gain, largest first; features that no split uses are left out. */
  importance: { feature: FeatureFacts; share: number }[];
}

export function explainFeatureModel(model: FeatureModel): FeatureExplanation {
  const { features } = model;
  if (model.kind === "tree")
    return { tree: explained(model.root, features), trees: 1, importance: importance([model.root], features) };
  return { trees: model.trees.length, importance: importance(model.trees, features) };
}

function explained({ split, ...node }: CountedNode, features: readonly FeatureFacts[]): ExplainedNode {
  const { rows, malignant, probability } = node;
  const feature = split && features[split.feature];
  if (split === undefined || feature === undefined) return { rows, malignant, probability };
  const { threshold, unknown, below, above } = split;
  return {
    rows,
    malignant,
    probability,
    split: {
      feature,
      threshold,
      ...(node.unknownRows > 0 && { unknown }),
      below: explained(below, features),
      above: explained(above, features),
    },
  };
}

function importance(
  trees: readonly (CountedNode | GrownNode)[],
  features: readonly FeatureFacts[],
): FeatureExplanation["importance"] {
  const gains = new Float64Array(features.length);
  const collect = <Node extends { split?: Split<Node> }>({ split }: Node): void => {
    if (split === undefined) return;
    gains[split.feature] = (gains[split.feature] ?? 0) + split.gain;
    collect(split.below);
    collect(split.above);
  };
  for (const tree of trees) collect<CountedNode | GrownNode>(tree);
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  return features
    .map((feature, index) => ({ feature, share: (gains[index] ?? 0) / total }))
    .filter(({ share }) => share > 0)
    .toSorted((a, b) => b.share - a.share);
}
