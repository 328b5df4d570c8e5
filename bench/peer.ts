import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A program that answers each line with a line of JSON. */
export interface Peer {
  /** What it said when it was ready: the versions of its libraries. */
  hello: Record<string, unknown>;
  ask(line: string): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** The path of a Python program of `peers/`. */
export function peerProgram(name: string): string {
  return fileURLToPath(new URL(`./peers/${name}`, import.meta.url));
}

/** Starts a Python program of `peers/`; it stays, so that both sides can take turns while they are warm. */
export async function startPeer(python: string, program: string, args: string[]): Promise<Peer> {
  return startProgram(python, [peerProgram(program), ...args]);
}

/** The same of any program that speaks so. */
export async function startProgram(command: string, args: string[]): Promise<Peer> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const answer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`a program ended; run it by hand to see why: ${command} ${args.join(" ")}`);
    return JSON.parse(value) as Record<string, unknown>;
  };
  return {
    hello: await answer(),
    ask(line) {
      child.stdin.write(`${line}\n`);
      return answer();
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
