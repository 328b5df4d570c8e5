import { AppError, loadSettings, UsageError } from "@mammoflow/runtime";
import { serve } from "./serve.ts";

try {
  process.stdout.write(`${await serve(loadSettings())}\n`);
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`api: ${error.message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}
