import { z } from "zod";

const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const featureSchema = z.strictObject({ name: z.string().min(1), title: z.string().min(1), unit: z.string() });

/** A node of a decision tree, with the training rows that come to it. */
export interface TreeNode {
  rows: number;
  malignant: number;
  /** Of being malignant, with the class weights of the training. */
  probability: number;
  split?: {
    feature: z.infer<typeof featureSchema>;
    threshold: number;
    /** The side of rows whose value is not known; absent where every row's was. */
    unknown?: "below" | "above";
    below: TreeNode;
    above: TreeNode;
  };
}

const treeNodeSchema: z.ZodType<TreeNode> = z.lazy(() =>
  z.strictObject({
    rows: count,
    malignant: count,
    probability: share,
    split: z
      .strictObject({
        feature: featureSchema,
        threshold: z.number(),
        unknown: z.enum(["below", "above"]).exactOptional(),
        below: treeNodeSchema,
        above: treeNodeSchema,
      })
      .exactOptional(),
  }),
);

/** What trees over named image features learnt. */
export const explanationSchema = z.strictObject({
  /** Of a model that is one tree. */
  tree: treeNodeSchema.exactOptional(),
  /** How many trees are added up. */
  trees: count,
  /** Each feature's part of what all splits gain, largest first. */
  importance: z.array(z.strictObject({ feature: featureSchema, share })),
});
export type Explanation = z.infer<typeof explanationSchema>;

/** The two sides of a split in words: `share of dense tissue below 31 %`, `share of dense tissue 31 % or more`. */
export function sidesInWords({
  feature,
  threshold,
  unknown,
}: Omit<NonNullable<TreeNode["split"]>, "below" | "above">): {
  below: string;
  above: string;
} {
  const at = `${Number(threshold.toPrecision(3))}${feature.unit === "" ? "" : ` ${feature.unit}`}`;
  const unsaid = (side: "below" | "above"): string => (unknown === side ? ", or not known" : "");
  return {
    below: `${feature.title} below ${at}${unsaid("below")}`,
    above: `${feature.title} ${at} or more${unsaid("above")}`,
  };
}
