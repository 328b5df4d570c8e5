import { createHash } from "node:crypto";
import { messageOf } from "@mammoflow/runtime";
import { YAMLParseError, parse } from "yaml";
import { z } from "zod";
import { RecipeError } from "./errors.ts";

const sizePx = z.number().int().min(1).max(8192);
const tiles = z.number().int().min(1).max(256);

/** Stored values to 8 bit, truncated; MONOCHROME1 is inverted. */
const scaleSchema = z.strictObject({
  step: z.literal("scale"),
  /** `minmax`: the frame's own range. `window`: the first VOI window of the file, after the modality rescale. */
  from: z.enum(["minmax", "window"]),
  /** `black`: padding values become 0 and take no part in the range. `keep`: they are pixels like any other. */
  padding: z.enum(["black", "keep"]).default("keep"),
});

/** Cuts to the bounding box of the largest bright region. */
const cropSchema = z.strictObject({ step: z.literal("crop"), method: z.literal("otsu") });

/** Averages areas; the aspect ratio is not kept. */
const resizeSchema = z.strictObject({
  step: z.literal("resize"),
  method: z.literal("area"),
  widthPx: sizePx,
  heightPx: sizePx,
});

/** Contrast-limited adaptive histogram equalisation; `clipLimit` 0 does not limit. */
const claheSchema = z.strictObject({
  step: z.literal("clahe"),
  clipLimit: z.number().min(0).max(1000),
  tilesX: tiles,
  tilesY: tiles,
});

/** What happens to a frame between file and training image, in order. A step that is not named is left out. */
export const recipeSchema = z.strictObject({
  version: z.literal(1).default(1),
  steps: z
    .tuple([scaleSchema], z.discriminatedUnion("step", [cropSchema, resizeSchema, claheSchema]))
    .refine((steps) => new Set(steps.map(({ step }) => step)).size === steps.length, {
      message: "names a step twice",
    }),
});

export type Recipe = z.infer<typeof recipeSchema>;
export type ScaleStep = z.infer<typeof scaleSchema>;
export type ClaheStep = z.infer<typeof claheSchema>;

/** Recipes by name. `study` equals the published pipeline: pydicom and OpenCV, pixel padding left as it is. */
export const recipePresets = {
  study: {
    version: 1,
    steps: [
      { step: "scale", from: "minmax", padding: "keep" },
      { step: "crop", method: "otsu" },
      { step: "resize", method: "area", widthPx: 256, heightPx: 256 },
      { step: "clahe", clipLimit: 2, tilesX: 8, tilesY: 8 },
    ],
  },
} satisfies Record<string, Recipe>;

/**
 * Reads a recipe from YAML (or JSON, which is YAML).
 *
 * @param source the name of the file, for error messages
 * @throws RecipeError `RECIPE_INVALID`, naming each wrong field
 */
export function parseRecipe(yamlText: string, source: string): Recipe {
  const checked = recipeSchema.safeParse(parseYaml(yamlText, source));
  if (checked.success) return checked.data;
  const problems = checked.error.issues.map(({ path, message }) => `${path.join(".") || "recipe"}: ${message}`);
  throw invalid(source, problems.join("; "), checked.error);
}

/** Identifies what a recipe does: SHA-256, in hex, of its JSON with sorted keys. */
export function recipeHash(recipe: Recipe): string {
  return createHash("sha256").update(canonicalJson(recipe)).digest("hex");
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function parseYaml(yamlText: string, source: string): unknown {
  try {
    return parse(yamlText);
  } catch (error) {
    const reason = error instanceof YAMLParseError ? (error.message.split("\n")[0] ?? "") : messageOf(error);
    throw invalid(source, reason, error);
  }
}

function invalid(source: string, problems: string, cause: unknown): RecipeError {
  return new RecipeError({
    code: "RECIPE_INVALID",
    message: `${source} is not a recipe: ${problems}; correct it, or start from the preset "study".`,
    cause,
  });
}
