import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run-tool.mjs";

/** `npm ci`, unless what it installed is of this very lock file. */
export async function setUpPackages({ root, say }) {
  const stamp = join(root, "node_modules", ".mammoflow-lock-sha256");
  const hash = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  say("installing npm packages (half a minute, once)");
  // Without a shell, Windows would not find npm; this project runs on Linux and macOS.
  await run("npm", ["ci", "--prefix", root, "--no-audit", "--no-fund"], {
    what: "npm ci",
    advice: "Check the connection to the npm registry and run set-up again.",
  });
  writeFileSync(stamp, hash);
}
