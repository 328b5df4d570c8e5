export { drawStage, drawStrip } from "./inspect/draw-stages.ts";
export { type Inspection, type Stage, inspectImage } from "./inspect/inspect-image.ts";
export { breastMask } from "./breast-mask.ts";
export { decodeGreyPng } from "./decode-grey-png.ts";
export { atSize, describeRecipe, recipeName } from "./describe-recipe.ts";
export { ImageError, RecipeError } from "./errors.ts";
export { type Geometry, boxInFrame, boxInOutput } from "./geometry.ts";
export type { Box } from "./grey-image.ts";
export { type HeaderFacts, type ImageSource, openImage } from "./image-source.ts";
export { invertedWarning } from "./inverted-picture.ts";
export { fileMemory } from "./kernels/load-kernels.ts";
export { type PreparedImage, prepareImage } from "./prepare-image.ts";
export { type Recipe, type RecipeStep, parseRecipe, recipeHash, recipeSchema } from "./recipe.ts";
export { referenceHistogram } from "./reference-histogram.ts";
export { recipePresets } from "./recipe-presets.ts";
export { renderPreview } from "./render-preview.ts";
export { maskOutsideBreast } from "./mask-outside-breast.ts";
export { drawExplanation, type ExplanationPicture } from "./overlay/draw-explanation.ts";
export { imageFeatures, type ImageFeature } from "./features/image-features.ts";
export {
  type ImageFeatureTable,
  type MeasurableImage,
  measureImageFeatures,
} from "./features/measure-image-features.ts";
