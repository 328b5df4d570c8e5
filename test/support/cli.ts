import { spawn, type ChildProcessByStdio } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";

const root = join(import.meta.dirname, "../..");

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The command line, from its sources, as a user runs it: no terminal, its own home. @param input an open file's descriptor */
export function startCli(
  args: string[],
  environment: Record<string, string> = {},
  input: number | "ignore" = "ignore",
): ChildProcessByStdio<null, Readable, Readable> {
  const { REDIS_URL: _, ...inherited } = process.env;
  return spawn(
    process.execPath,
    ["--conditions=source", "--import=tsx", join(root, "services/producer/src/main.ts"), ...args],
    { env: { ...inherited, ...environment }, stdio: [input, "pipe", "pipe"] },
  ) as ChildProcessByStdio<null, Readable, Readable>; // an open file's descriptor gives no stream either
}

/** The same to its end. */
export function runCli(
  args: string[],
  environment: Record<string, string> = {},
  input: number | "ignore" = "ignore",
): Promise<CliResult> {
  const child = startCli(args, environment, input);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}
