import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(import.meta.url), "../../..");

/** What a clone of this checkout would hold, and nothing else: what is committed or staged, with changes of those files. */
export function cloneFresh(folder: string): string {
  const git = (...rest: string[]): string => execFileSync("git", ["-C", root, ...rest], { encoding: "utf8" }).trim();
  const commit = git("stash", "create") || git("rev-parse", "HEAD");
  mkdirSync(folder, { recursive: true });
  const archive = execFileSync("git", ["-C", root, "archive", commit], { maxBuffer: 2 ** 30 });
  execFileSync("tar", ["-x", "-C", folder], { input: archive });
  return folder;
}

interface Finished {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A Compose project of its own name, tags and port, so that it disturbs none that runs on the same engine. */
export interface ComposeProject {
  folder: string;
  /** `docker compose ...`; rejects with the end of its output when it fails. */
  compose(...commandLine: string[]): Promise<string>;
  /** The same, whatever comes of it. */
  tryCompose(...commandLine: string[]): Promise<Finished>;
  docker(...commandLine: string[]): Promise<string>;
}

export function openProject(name: string, folder: string, variables: Record<string, string>): ComposeProject {
  const environment = { ...process.env, COMPOSE_PROJECT_NAME: name, ...variables };
  const run = async (commandLine: string[]): Promise<Finished> => {
    const child = spawn("docker", commandLine, { cwd: folder, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
    child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
    const code = await new Promise<number | null>((done, fail) => {
      child.once("error", fail);
      child.once("close", done);
    });
    return { code, stdout, stderr };
  };
  const must = async (commandLine: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(commandLine);
    if (code === 0) return stdout.trim();
    throw new Error(`docker ${commandLine.join(" ")} ended with ${code}:\n${`${stdout}\n${stderr}`.slice(-4000)}`);
  };
  return {
    folder,
    compose: (...commandLine) => must(["compose", ...commandLine]),
    tryCompose: (...commandLine) => run(["compose", ...commandLine]),
    docker: (...commandLine) => must(commandLine),
  };
}
