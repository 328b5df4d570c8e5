export { decodeGreyPng } from "./decode-grey-png.ts";
export { describeRecipe, recipeName } from "./describe-recipe.ts";
export { RecipeError } from "./errors.ts";
export type { Box } from "./grey-image.ts";
export type { HeaderFacts, ImageSource } from "./image-source.ts";
export { fileMemory } from "./kernels/load-kernels.ts";
export { type PreparedImage, prepareImage } from "./prepare-image.ts";
export { type Recipe, parseRecipe, recipeHash, recipePresets, recipeSchema } from "./recipe.ts";
export { renderPreview } from "./render-preview.ts";
