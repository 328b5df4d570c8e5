import { recipeHash, recipePresets, type Recipe } from "./recipe.ts";

/** The preset's name, or `own` for a recipe that no preset is. */
export function recipeName(recipe: Recipe): string {
  const hash = recipeHash(recipe);
  const presets: Record<string, Recipe> = recipePresets;
  return Object.entries(presets).find(([, preset]) => recipeHash(preset) === hash)?.[0] ?? "own";
}

/** Each step in words, in order. */
export function describeRecipe({ steps }: Recipe): string[] {
  return steps.map((step) => {
    switch (step.step) {
      case "scale": {
        const range =
          step.from === "minmax" ? "from the image's own minimum and maximum" : "by the file's first VOI window";
        return `grey levels to 8 bit ${range}${step.padding === "black" ? ", padding black" : ""}; MONOCHROME1 inverted`;
      }
      case "crop":
        return "crop to the largest region above Otsu's threshold (the breast)";
      case "resize":
        return `resize to ${step.widthPx} x ${step.heightPx} px by area`;
      case "clahe":
        return `CLAHE, clip limit ${step.clipLimit}, ${step.tilesX} x ${step.tilesY} tiles`;
    }
  });
}
