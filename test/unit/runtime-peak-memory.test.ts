import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

describe("the most memory that a process has held", () => {
  it("is its own, not that of the process that started it", () => {
    const held = Buffer.alloc(400 * 2 ** 20, 1);
    const module = fileURLToPath(new URL("../../packages/runtime/src/peak-memory.ts", import.meta.url));
    const program = `import { peakMemoryMb } from ${JSON.stringify(module)}; console.log(peakMemoryMb());`;
    const flags = ["--import=tsx", "--input-type=module", "--eval", program];
    const peakMb = Number(execFileSync(process.execPath, flags, { encoding: "utf8" }));
    assert.ok(peakMb > 20 && peakMb < 300, `${peakMb} MB`);
    assert.equal(held.at(-1), 1);
  });
});
