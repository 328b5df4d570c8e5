import { z } from "zod";
import { ModelsError } from "../models-error.ts";
import { type FeatureTable, valuesOf } from "./feature-table.ts";
import { type CountedNode, type GrownNode, nodeOf } from "./tree-nodes.ts";

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

const splitFacts = { feature: count, threshold: z.number(), unknown: z.enum(["below", "above"]), gain: z.number() };
const grownNodeSchema: z.ZodType<GrownNode> = z.lazy(() =>
  z.strictObject({
    value: z.number(),
    split: z.strictObject({ ...splitFacts, below: grownNodeSchema, above: grownNodeSchema }).exactOptional(),
  }),
);
const countedNodeSchema: z.ZodType<CountedNode> = z.lazy(() =>
  z.strictObject({
    rows: count,
    malignant: count,
    probability: share,
    unknownRows: count,
    split: z.strictObject({ ...splitFacts, below: countedNodeSchema, above: countedNodeSchema }).exactOptional(),
  }),
);

const common = {
  features: z.array(z.strictObject({ name: z.string().min(1), title: z.string().min(1), unit: z.string() })),
  seed: count,
  classWeights: z.enum(["balanced", "none"]),
  /** The least sum of row weights in a leaf; the mean weight of a row is 1. */
  minLeafWeight: z.number().positive(),
};

/** A trained baseline as it is stored: plain JSON that holds all that a prediction needs. */
export const featureModelSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("tree"), ...common, maxDepth: count, root: countedNodeSchema }),
  z.strictObject({
    kind: z.literal("boosted"),
    ...common,
    maxDepth: count,
    learningRate: z.number(),
    lambda: z.number(),
    subsample: share,
    trees: z.array(grownNodeSchema),
  }),
]);
export type FeatureModel = z.infer<typeof featureModelSchema>;

/**
 * Probability of being malignant.
 *
 * @param images which images of the table, all unless told
 * @returns [image], 0..1
 * @throws ModelsError FEATURES_INVALID when the table has other features than the model was trained on
 */
export function predictFeatureModel(model: FeatureModel, table: FeatureTable, images?: Int32Array): Float32Array {
  const width = model.features.length;
  const namesOf = (features: FeatureTable["features"]): string => features.map(({ name }) => name).join(", ");
  if (namesOf(table.features) !== namesOf(model.features))
    throw new ModelsError({
      code: "FEATURES_INVALID",
      message: `The model takes the image features ${namesOf(model.features)}, and the table has ${namesOf(table.features)}: measure the images with the version that the model was trained with.`,
    });
  const values = images === undefined ? table.values : valuesOf(table, images);
  return Float32Array.from({ length: values.length / width }, (_, row) =>
    model.kind === "tree"
      ? nodeOf(model.root, values, row * width).probability
      : logistic(model.trees.reduce((sum, tree) => sum + nodeOf(tree, values, row * width).value, 0)),
  );
}

export function logistic(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}
