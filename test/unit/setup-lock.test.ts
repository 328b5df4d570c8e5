import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const lockModule = new URL("../../scripts/setup/with-lock.mjs", import.meta.url).href;

/** Reads a number, waits, and writes it back one higher: two at once would lose a step. */
const countUnderLock = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { setTimeout as sleep } from "node:timers/promises";
  const { withLock } = await import(process.env.MODULE);
  await withLock(process.env.LOCK, { work: async () => {
    const before = Number(readFileSync(process.env.COUNT, "utf8"));
    await sleep(30);
    writeFileSync(process.env.COUNT, String(before + 1));
  } });
`;

describe("the lock of set-up", () => {
  const folder = useTemporaryFolder();

  async function count(processes: number): Promise<number> {
    const file = join(folder.path, "count");
    writeFileSync(file, "0");
    const environment = { ...process.env, MODULE: lockModule, LOCK: join(folder.path, "tensorflow.lock"), COUNT: file };
    const children = Array.from({ length: processes }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", countUnderLock], { env: environment, stdio: "inherit" }),
    );
    await Promise.all(children.map(async (child) => once(child, "close")));
    return Number(readFileSync(file, "utf8"));
  }

  it("lets one process work at a time and leaves nothing behind", async () => {
    assert.equal(await count(4), 4);
    assert.deepEqual(readdirSync(folder.path), ["count"]);
  });

  it("is taken over from a process that was killed while it held it", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    writeFileSync(join(folder.path, "tensorflow.lock"), `${hostname()} ${pid}`);
    writeFileSync(join(folder.path, `tensorflow.lock.${pid}.ticket`), `${hostname()} ${pid}`);
    assert.equal(await count(3), 3);
    assert.deepEqual(readdirSync(folder.path), ["count"]);
  });
});
