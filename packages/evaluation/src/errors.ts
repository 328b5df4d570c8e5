import { AppError } from "@mammoflow/runtime";

/** What was given to be evaluated or reported cannot be: wrong lengths, values outside their range, a summary that does not fit. */
export class EvaluationError extends AppError {
  constructor(
    code: "EVALUATION_INPUT" | "RUN_SUMMARY" | "PREDICTIONS" | "COMPARISON" | "EXPLANATIONS",
    message: string,
    cause?: unknown,
  ) {
    super({ code, message, cause });
  }
}
