import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError, codeOf, lockFile, messageOf } from "@mammoflow/runtime";
import { z } from "zod";

export interface KeptFile<Content> {
  /**
   * What the file holds, read anew whenever it was changed, so that what is taken out no longer holds; `empty` where there is no file.
   *
   * @throws AppError of `code` when it cannot be read or holds something else
   */
  read(): Promise<Content>;
  /** Changes it as a whole or not at all, one process after the other; others than its owner cannot read it. */
  change(edit: (content: Content) => Content): Promise<void>;
  /** Whether there is one. */
  exists(): Promise<boolean>;
}

export interface KeptFileOptions<Content> {
  file: string;
  schema: z.ZodType<Content>;
  empty: Content;
  /** Of what goes wrong with it. */
  code: string;
  /** As sentences name it: `the API keys`. */
  what: string;
  /** What to do about a file that cannot be read or written. */
  advice: string;
}

/** A small JSON file that a command line changes and a service follows. */
export function createKeptFile<Content>(options: KeptFileOptions<Content>): KeptFile<Content> {
  const { schema, empty, code, what, advice } = options;
  const file = resolve(options.file);
  let seen = "";
  let content = empty;

  const failed = (action: string, error: unknown): AppError =>
    new AppError({
      code,
      message: `${file} with ${what} cannot be ${action} (${reasonOf(error)}): ${advice}`,
      cause: error,
    });
  const readNow = async (): Promise<Content> => {
    try {
      return schema.parse(JSON.parse(await readFile(file, "utf8")));
    } catch (error) {
      if (codeOf(error) === "ENOENT") return empty;
      throw failed("read", error);
    }
  };

  return {
    async read() {
      const found = await stat(file).catch(() => undefined);
      const state = found ? `${found.mtimeMs} ${found.ino} ${found.size}` : "none";
      if (state === seen) return content;
      content = await readNow();
      seen = state;
      return content;
    },
    async change(edit) {
      const written = `${file}.${randomBytes(4).toString("hex")}`;
      try {
        await mkdir(dirname(file), { recursive: true });
        const unlock = await lockFile(`${file}.lock`);
        try {
          await writeFlushed(written, `${JSON.stringify(edit(await readNow()), null, 1)}\n`);
          await rename(written, file);
        } finally {
          await unlock();
        }
      } catch (error) {
        await rm(written, { force: true });
        throw error instanceof AppError ? error : failed("written", error);
      }
    },
    exists: async () => (await stat(file).catch(() => undefined)) !== undefined,
  };
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function reasonOf(error: unknown): string {
  const issue = error instanceof z.ZodError ? error.issues[0] : undefined;
  return issue ? `${issue.path.join(".")}: ${issue.message}` : messageOf(error);
}
