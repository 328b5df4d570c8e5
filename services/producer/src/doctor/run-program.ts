import { execFile } from "node:child_process";
import { z } from "zod";

export interface Finished {
  /** Undefined where the program is not on this machine. */
  code: number | undefined;
  stdout: string;
  /** What it complained about, in one line; the last one, where reasons stand. */
  complaint: string;
}

const failureSchema = z.looseObject({ code: z.union([z.number(), z.string(), z.null()]).optional() });

/** Runs a program that users have, to its end; whatever comes of it is an answer. */
export function runProgram(program: string, args: string[], timeoutMs = 30_000): Promise<Finished> {
  return new Promise((resolve) => {
    const limits = { timeout: timeoutMs, killSignal: "SIGKILL" as const, maxBuffer: 64 * 2 ** 20 };
    execFile(program, args, limits, (error, stdout, stderr) => {
      if (error === null) return resolve({ code: 0, stdout, complaint: "" });
      const { code } = failureSchema.parse(error);
      if (code === "ENOENT") return resolve({ code: undefined, stdout, complaint: `${program} is not on PATH` });
      const said = stderr.trim().split("\n").at(-1)?.trim() ?? "";
      const late = `${program} ${args[0]} took longer than ${timeoutMs / 1000} s`;
      resolve({
        code: typeof code === "number" ? code : 1,
        stdout,
        complaint: error.killed ? late : said || error.message,
      });
    });
  });
}

/** JSON that a program printed, through a schema; undefined where it is none. */
export function readJson<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
