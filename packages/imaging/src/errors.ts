import { AppError } from "@mammoflow/runtime";

/** A recipe that cannot be used; code `RECIPE_INVALID`. */
export class RecipeError extends AppError {}
