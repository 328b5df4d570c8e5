import { pathToFileURL } from "node:url";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { browser as part, chromiumOnPath, chromiumPackage, skipUnless } from "./parts.ts";

/** A real Chromium for the suite that calls this. */
export function useBrowser(): { readonly browser: Browser } {
  const held: { browser: Browser | undefined } = { browser: undefined };
  before(async function () {
    this.timeout(60_000);
    skipUnless(this, part);
    held.browser = await chromium.launch({ executablePath: await findChromium(), args: ["--no-sandbox"] });
  });
  after(() => held.browser?.close());
  return {
    get browser() {
      if (!held.browser) throw new Error("The browser is there in hooks and tests only.");
      return held.browser;
    },
  };
}

interface PackagedChromium {
  default: { executablePath(): Promise<string> };
}

/** The program on PATH, else that of the npm package, which unpacks itself on the first call. */
async function findChromium(): Promise<string> {
  for (const folder of chromiumOnPath === undefined ? [] : (process.env["PATH"] ?? "").split(delimiter)) {
    const executablePath = join(folder, String(chromiumOnPath));
    if (existsSync(executablePath)) return executablePath;
  }
  const entry = pathToFileURL(join(String(chromiumPackage), "build", "index.js")).href;
  const { default: packaged } = (await import(entry)) as PackagedChromium;
  // Its own arguments are for one page in one process, which ends with that page.
  return packaged.executablePath();
}
