import type { Recipe, RecipeStep } from "./recipe.ts";

const toSquare: RecipeStep = { step: "resize", method: "area", widthPx: 256, heightPx: 256 };
/** The study names neither the clip limit nor the tiles; these are OpenCV's customary ones. */
const equalise: RecipeStep = { step: "clahe", clipLimit: 2, tilesX: 8, tilesY: 8 };

/** Recipes by name. */
export const recipePresets = {
  /** The published pipeline with its crop first: pydicom and OpenCV, pixel padding left as it is. */
  study: {
    version: 1,
    steps: [{ step: "scale", from: "minmax", padding: "keep" }, { step: "crop", method: "otsu" }, toSquare, equalise],
  },
  /** The published pipeline in the order in which it is listed; the crop's outcome is resized again, to one size for all. */
  "study-literal": {
    version: 1,
    steps: [
      { step: "scale", from: "minmax", padding: "keep" },
      toSquare,
      equalise,
      { step: "crop", method: "otsu" },
      toSquare,
    ],
  },
  /** Shown as the file wants to be shown, nothing but the breast, all pointing to one side, undistorted. */
  mammogram: {
    version: 1,
    steps: [
      { step: "scale", from: "voi", padding: "black" },
      { step: "orient", breast: "left" },
      { step: "mask" },
      { step: "crop", method: "breast", marginPx: 16 },
      { step: "resize", method: "area", fit: "pad", widthPx: 256, heightPx: 256 },
      // Half of the study's: enough to part gland and fat, while dense breasts still look denser than others.
      { step: "clahe", clipLimit: 1, tilesX: 8, tilesY: 8 },
    ],
  },
} satisfies Record<string, Recipe>;
