import { type Recipe, type RecipeStep, type ScaleStep, recipeHash } from "./recipe.ts";
import { recipePresets } from "./recipe-presets.ts";

/** The preset's name, with the size where that is another (`mammogram at 512 px`), or `own` for a recipe that no preset is. */
export function recipeName(recipe: Recipe): string {
  const hash = recipeHash(recipe);
  const presets: Record<string, Recipe> = recipePresets;
  const exact = Object.entries(presets).find(([, preset]) => recipeHash(preset) === hash);
  if (exact) return exact[0];
  const last = recipe.steps.findLast((step) => step.step === "resize");
  const sizePx = last?.step === "resize" && last.widthPx === last.heightPx ? last.widthPx : undefined;
  if (sizePx === undefined) return "own";
  const resized = Object.entries(presets).find(([, preset]) => recipeHash(atSize(preset, sizePx)) === hash);
  return resized ? `${resized[0]} at ${sizePx} px` : "own";
}

/** The recipe with every resize to a square of this side. */
export function atSize(recipe: Recipe, sizePx: number): Recipe {
  const [scale, ...later] = recipe.steps;
  const resized = later.map((step) => (step.step === "resize" ? { ...step, widthPx: sizePx, heightPx: sizePx } : step));
  return { ...recipe, steps: [scale, ...resized] };
}

/** Each step in words, in order. */
export function describeRecipe({ steps }: Recipe): string[] {
  return steps.map(describeStep);
}

/** One step in words. */
export function describeStep(step: RecipeStep): string {
  switch (step.step) {
    case "scale":
      return `grey levels to ${step.bits ?? 8} bit ${rangeOf(step)}${step.padding === "black" ? ", padding black" : ""}; MONOCHROME1 inverted`;
    case "orient":
      return "mirror where the chest wall is on the right";
    case "mask":
      return "blacken what is not the breast";
    case "crop":
      return `crop to ${step.method === "otsu" ? "the largest region above Otsu's threshold (the breast)" : "the breast"}${step.marginPx ? ` and ${step.marginPx} px around it` : ""}`;
    case "resize":
      return `resize to ${step.widthPx} x ${step.heightPx} px by area${step.fit === "pad" ? ", aspect ratio kept, the rest black" : ""}`;
    case "clahe":
      return `CLAHE, clip limit ${step.clipLimit}, ${step.tilesX} x ${step.tilesY} tiles`;
    case "match":
      return `match the histogram of a reference (${step.reference.reduce((sum, count) => sum + count, 0)} pixels)`;
  }
}

function rangeOf({ from, lowPercent = 0.5, highPercent = 99.9 }: ScaleStep): string {
  const percentiles = `between percentiles ${lowPercent} and ${highPercent} of the breast`;
  switch (from) {
    case "minmax":
      return "from the image's own minimum and maximum";
    case "window":
      return "by the file's first VOI window";
    case "voi":
      return `by the file's first VOI window or look-up table, else ${percentiles}`;
    case "percentiles":
      return percentiles;
  }
}
