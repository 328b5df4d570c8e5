import { readFile } from "node:fs/promises";
import { messageOf } from "@mammoflow/runtime";
import { ModelsError } from "../models-error.ts";

/**
 * A file that the user named.
 *
 * @throws ModelsError WEIGHTS_MISSING
 */
export async function readWeightsFile(path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw new ModelsError({
      code: "WEIGHTS_MISSING",
      message: `The weights file ${path} cannot be read (${messageOf(cause)}); check the path.`,
      cause,
    });
  });
}
