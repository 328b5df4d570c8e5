import { createHash } from "node:crypto";
import { messageOf } from "@mammoflow/runtime";
import { YAMLParseError, parse } from "yaml";
import { z } from "zod";
import { RecipeError } from "./errors.ts";

/** As large as a frame of the accepted size can be. */
const sizePx = z.number().int().min(1).max(16_384);
const tiles = z.number().int().min(1).max(256);
const percent = z.number().min(0).max(100);

/** Stored values to grey levels, truncated, dark to bright: an inverted image (MONOCHROME1) is inverted. */
const scaleSchema = z
  .strictObject({
    step: z.literal("scale"),
    /**
     * `minmax`: the frame's own range. `window`: the first VOI window of the file. `voi`: the first VOI window, else the
     * first VOI look-up table, else percentiles. `percentiles`: between two percentiles of the pixels that are neither
     * padding nor background.
     */
    from: z.enum(["minmax", "window", "voi", "percentiles"]),
    /** `black`: padding values become 0 and take no part in the range. `keep`: they are pixels like any other. */
    padding: z.enum(["black", "keep"]).default("keep"),
    /** Of the levels, from here to the PNG; 8 where it is left out. */
    bits: z.union([z.literal(8), z.literal(16)]).optional(),
    /** Of `percentiles`, counted from dark to bright; 0.5 and 99.9 where they are left out. */
    lowPercent: percent.optional(),
    highPercent: percent.optional(),
  })
  .refine(({ from, lowPercent, highPercent }) => hasPercentiles(from) || (lowPercent ?? highPercent) === undefined, {
    message: "belongs to percentiles and voi only",
    path: ["lowPercent"],
  })
  .refine(({ lowPercent = 0.5, highPercent = 99.9 }) => lowPercent < highPercent, {
    message: "must be above lowPercent",
    path: ["highPercent"],
  });

function hasPercentiles(from: string): boolean {
  return from === "percentiles" || from === "voi";
}

/** Mirrors an image whose chest wall lies on the right, so that every breast points to the right. */
const orientSchema = z.strictObject({ step: z.literal("orient"), breast: z.literal("left") });

/** Blackens what is not the breast: burnt-in text, markers, the edges of paddles. */
const maskSchema = z.strictObject({ step: z.literal("mask") });

/**
 * Cuts to the breast's bounding box. `otsu`: the largest region above Otsu's threshold, as OpenCV finds it. `breast`: the
 * region that `mask` keeps, which an implant or a paddle does not mislead.
 */
const cropSchema = z.strictObject({
  step: z.literal("crop"),
  method: z.enum(["otsu", "breast"]),
  /** Added on every side, as far as the image goes; 0 where it is left out. */
  marginPx: z.number().int().min(0).max(4096).optional(),
});

/**
 * Averages areas. `stretch`: to the very size, whatever the aspect ratio. `pad`: the aspect ratio is kept, and what is
 * missing is black, away from the chest wall and below. `stretch` where it is left out.
 */
const resizeSchema = z.strictObject({
  step: z.literal("resize"),
  method: z.literal("area"),
  fit: z.enum(["stretch", "pad"]).optional(),
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

/** Gives the pixels above 0 the distribution of grey levels that a reference image has. */
const matchSchema = z.strictObject({
  step: z.literal("match"),
  /** How many of the reference's pixels above 0 have each of 256 levels. */
  reference: z
    .array(z.number().int().min(0))
    .length(256)
    .refine((counts) => counts.some((count) => count > 0), { message: "has no pixel" }),
});

const laterStepSchema = z.discriminatedUnion(
  "step",
  [orientSchema, maskSchema, cropSchema, resizeSchema, claheSchema, matchSchema],
  { error: "must be orient, mask, crop, resize, clahe or match, behind one scale" },
);

/** What happens to a frame between file and training image, in order. A step that is not named is left out. */
export const recipeSchema = z.strictObject({
  version: z.literal(1).default(1),
  steps: z.tuple([scaleSchema], laterStepSchema).superRefine((steps, context) => {
    for (const [index, { step }] of steps.entries())
      if (step !== "resize" && steps.findIndex((earlier) => earlier.step === step) < index)
        context.addIssue({ code: "custom", path: [index, "step"], message: `names ${step} twice` });
  }),
});

export type Recipe = z.infer<typeof recipeSchema>;
export type RecipeStep = Recipe["steps"][number];
export type ScaleStep = z.infer<typeof scaleSchema>;
export type CropStep = z.infer<typeof cropSchema>;
export type ResizeStep = z.infer<typeof resizeSchema>;
export type ClaheStep = z.infer<typeof claheSchema>;
export type MatchStep = z.infer<typeof matchSchema>;

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

/** Fields that mean with these values what they mean when left out; they came later, and older recipes keep their hash. */
const implied: Record<string, unknown> = { bits: 8, marginPx: 0, fit: "stretch" };

/** Identifies what a recipe does: SHA-256, in hex, of its JSON with sorted keys. */
export function recipeHash(recipe: Recipe): string {
  return createHash("sha256").update(canonicalJson(recipe)).digest("hex");
}

function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([key, field]) => !(key in implied) || implied[key] !== field)
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
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
