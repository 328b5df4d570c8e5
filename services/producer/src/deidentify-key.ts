import { randomBytes } from "node:crypto";
import { readFile, stat, writeFile } from "node:fs/promises";
import { AppError, codeOf, messageOf } from "@mammoflow/runtime";

const keyBytes = 32;

/**
 * The secret that pseudonyms, UIDs and date shifts are a function of: 64 hexadecimal digits in a file. A file that is absent is
 * written, for its owner alone.
 *
 * @returns `isShared` where others on this machine may read an existing file
 * @throws AppError `KEY_FILE`
 */
export async function keyOf(file: string): Promise<{ key: Buffer; isNew: boolean; isShared: boolean }> {
  const text = await readFile(file, "latin1").catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw keyError(file, `cannot be read: ${messageOf(error)}`, error);
  });
  if (text === undefined) {
    const key = randomBytes(keyBytes);
    await writeFile(file, `${key.toString("hex")}\n`, { mode: 0o600, flag: "wx" }).catch((error: unknown) => {
      throw keyError(file, `cannot be written: ${messageOf(error)}`, error);
    });
    return { key, isNew: true, isShared: false };
  }
  if (!/^\s*[0-9a-f]{64}\s*$/i.test(text)) throw keyError(file, "is no key of 64 hexadecimal digits");
  const isShared = ((await stat(file)).mode & 0o077) !== 0;
  return { key: Buffer.from(text.trim(), "hex"), isNew: false, isShared };
}

function keyError(file: string, what: string, cause?: unknown): AppError {
  return new AppError({
    code: "KEY_FILE",
    message: `The key file ${file} ${what}. Name the right one, or a new one to begin anew.`,
    cause,
  });
}
