import { AppError } from "@mammoflow/runtime";

/** A failure of weights, graphs, features or training that was foreseen; `code` says which. */
export class ModelsError extends AppError {}
