import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { codeOf } from "@mammoflow/runtime";

/** The sha256 of a file in hexadecimal; undefined when there is no such file. */
export async function sha256OfFile(file: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(file), hash);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}
