import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { inheritedEnvironment } from "@mammoflow/runtime";

export interface Spoken {
  code: number | null;
  /** What it printed. */
  output: string;
  /** What it said beside: warnings, and why it failed. */
  remarks: string;
}

export interface CommandLine {
  /** Runs `mammoflow` with these arguments, in the name of a person. */
  run(words: string[], who: string): Promise<Spoken>;
  close(): Promise<void>;
}

/** A look at a data set that takes longer is given up. */
const patienceMs = 15 * 60_000;

/**
 * The command line as a child process: what a page does is what the command does, and a large data set is not read in the process
 * that answers everybody.
 */
export function createCommandLine(environment: Record<string, string>): CommandLine {
  const closing = new AbortController();
  const running = new Set<Promise<unknown>>();
  const main = import.meta.url.endsWith(".ts") ? "src/main.ts" : "dist/main.js";
  const program = fileURLToPath(new URL(`../../../producer/${main}`, import.meta.url));

  const run = async (words: string[], who: string): Promise<Spoken> => {
    const child = spawn(process.execPath, [...process.execArgv, program, ...words], {
      env: inheritedEnvironment({ ...environment, MAMMOFLOW_WHO: who }),
      stdio: ["ignore", "pipe", "pipe"],
      signal: closing.signal,
      timeout: patienceMs,
    });
    const ended = new Promise<number | null>((resolve) => {
      child.once("error", () => resolve(null)); // was told to stop
      child.once("close", resolve);
    });
    const [code, output, remarks] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
    return { code, output: output.trimEnd(), remarks: remarks.trimEnd() };
  };
  return {
    run(words, who) {
      const spoken = run(words, who);
      running.add(spoken);
      void spoken.finally(() => running.delete(spoken)).catch(() => {});
      return spoken;
    },
    async close() {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
}

/** The command as one types it. */
export function asTyped(words: string[]): string {
  return ["mammoflow", ...words]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}

/** Why a command failed: its own sentence. */
export function reasonOf({ code, output, remarks }: Spoken): string {
  const last = (remarks || output).split("\n").findLast((line) => line.trim() !== "");
  return last?.replace(/^mammoflow: /, "") ?? `The command ended with ${code ?? "a signal"} and said nothing.`;
}
