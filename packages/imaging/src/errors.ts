import { AppError } from "@mammoflow/runtime";

/** A recipe that cannot be used; codes `RECIPE_INVALID` and `RECIPE_TOO_LARGE`. */
export class RecipeError extends AppError {}

/**
 * A picture file (PNG, JPEG, TIFF, PGM) that cannot be used; never retryable, because the same bytes fail again.
 *
 * Codes: `IMAGE_CORRUPT`, `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED`, `IMAGE_COLOUR`.
 */
export class ImageError extends AppError {}
