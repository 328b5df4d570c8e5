import { writeFile } from "node:fs/promises";
import { AppError, messageOf } from "@mammoflow/runtime";

/** @throws AppError `OUTPUT` naming the file */
export async function writeOutput(file: string, content: string): Promise<void> {
  await writeFile(file, content).catch((error: unknown) => {
    throw new AppError({
      code: "OUTPUT",
      message: `${file} cannot be written: ${messageOf(error)}. Choose another file.`,
      cause: error,
    });
  });
}
