/**
 * Runs every suite and ends with what was not run and why. `REQUIRE=redis,gcs,browser` makes such a skip a failure.
 * Files given as arguments are run alone.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(import.meta.url), "../..");
const folder = mkdtempSync(join(tmpdir(), "mammoflow-tests-"));
const results = join(folder, "results.json");
const specs = process.argv.slice(2);

const mocha = spawn(
  process.execPath,
  [
    join(root, "node_modules", "mocha", "bin", "mocha.js"),
    "--reporter",
    join(root, "test", "support", "reporter.cjs"),
    ...(specs.length > 0 ? specs : ["test/**/*.test.ts"]),
  ],
  { cwd: root, stdio: "inherit", env: { ...process.env, MAMMOFLOW_TEST_RESULTS: results } },
);
// A runner that has its results but does not end holds something open that a test forgot to close.
let isHanging = false;
const watch = setInterval(() => {
  if (!existsSync(results)) return;
  clearInterval(watch);
  setTimeout(() => {
    isHanging = true;
    mocha.kill("SIGKILL");
  }, 20_000).unref();
}, 1000);
const code = await new Promise((done) => mocha.once("exit", (status) => done(status ?? 1)));
clearInterval(watch);

let summary;
try {
  summary = JSON.parse(readFileSync(results, "utf8"));
} catch {
  console.log("\n0 passed, 1 failed");
  process.exit(code || 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const required = (process.env.REQUIRE ?? "").split(",").filter(Boolean);
const refused = summary.skipped.filter(({ needs }) => required.includes(needs));
if (summary.skipped.length > 0) {
  console.log("\nNot run:");
  const byReason = new Map();
  for (const { reason, title } of summary.skipped) byReason.set(reason, [...(byReason.get(reason) ?? []), title]);
  for (const [reason, titles] of byReason)
    console.log(`  ${titles.length} x ${reason}\n${titles.map((title) => `      ${title}`).join("\n")}`);
}
for (const { title, reason } of refused) console.log(`FAILED (skipped although required): ${title}: ${reason}`);
if (isHanging) console.log("FAILED: a test left a connection, timer or process open, so the runner did not end");
const failed = summary.failed + refused.length + (isHanging ? 1 : 0);
const skipped = summary.skipped.length - refused.length;
console.log(`\n${summary.passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(code !== 0 || failed > 0 ? 1 : 0);
