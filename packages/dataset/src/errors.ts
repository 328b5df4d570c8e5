import { AppError } from "@mammoflow/runtime";

/** A data set that cannot be read as it is: a missing file or column, an unknown value, one class only. Never retryable. */
export class DatasetError extends AppError {}
