/** What the fields of a table of any form may hold, by the role of their column. */
import { posix } from "node:path";
import { z } from "zod";
import type { Laterality, OwnLabels, Split } from "../dataset.ts";
import { biradsCategory, densityCategory, view } from "../tables/fields.ts";

/** Several spellings of a few values; nothing is null. */
function spelled<Value>(spellings: Record<string, Value>, expected: string): z.ZodType<Value | null, string> {
  return z.string().transform((text, context) => {
    if (text === "") return null;
    const value = spellings[text.toLowerCase()];
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });
}

/** A path with forward slashes that cannot leave its folder; absolute ones are judged by the caller. */
const filePath = z
  .string()
  .min(1, "a file's path")
  .transform((text) => posix.normalize(text.replaceAll("\\", "/")))
  .refine((path) => !path.startsWith("..") && !path.includes("\0"), "a path inside the table's folder");

export const fields = {
  path: filePath,
  patient: z.string().min(1, "a patient's id"),
  study: z.string().min(1, "a study's id"),
  laterality: spelled<Laterality>({ l: "L", left: "L", r: "R", right: "R" }, "L or R, left or right, or nothing"),
  view: z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.union([z.literal("").transform(() => null), view], "a view code such as CC, MLO, ML or XCCL, or nothing")),
  split: spelled<Split>(
    { train: "training", training: "training", test: "test" },
    "training or test (a validation part is taken from the training part later)",
  ).refine((split) => split !== null, "training or test"),
  birads: z
    .string()
    .transform((text) => text.replace(/^(BI-?RADS|ACR)[\s:_-]*/i, ""))
    .pipe(biradsCategory),
  density: z
    .string()
    .transform((text) => text.replace(/^(BI-?RADS|ACR|DENSITY)[\s:_-]*/i, "").toUpperCase())
    .pipe(densityCategory),
};

const malignantWords = ["1", "true", "yes", "malignant", "positive", "cancer"];
const benignWords = ["0", "false", "no", "benign", "negative", "normal"];

/** How the column of labels is read, and what the report says of it. */
export interface Labels {
  column: string;
  /** undefined for an image without a label. */
  schema: z.ZodType<0 | 1 | undefined>;
  inWords: Omit<OwnLabels, "rows">;
}

/** @param positive values that mean malignant, all others meaning benign; absent: the usual words, and no others. */
export function labelsOf(column: string, positive: string[] | undefined): Labels {
  const malignant = new Set((positive ?? malignantWords).map(plain));
  return {
    column,
    schema: z.string().transform((text, context) => {
      const value = plain(text);
      if (value === "") return undefined;
      if (malignant.has(value)) return 1;
      if (positive || benignWords.includes(value)) return 0;
      context.addIssue({
        code: "custom",
        message: `${[...malignantWords, ...benignWords].join(", ")} (or say with --positive what means malignant)`,
      });
      return z.NEVER;
    }),
    inWords: {
      malignantWhere: positive ? `column ${column} is ${positive.join(" or ")}` : `column ${column} says so`,
      truth: `The truth is the table's column ${column}; whether a reading, a biopsy or what became of the patient stands behind it is known to those who made it.`,
    },
  };
}

/** Case does not matter, and pandas writes `1.0` where values are missing. */
function plain(value: string): string {
  return value
    .trim()
    .toLowerCase()
    .replace(/^(\d+)\.0+$/, "$1");
}
