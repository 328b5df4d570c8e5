import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { on, once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const module = fileURLToPath(new URL("../fixtures/train-child.ts", import.meta.url));

describe("a training whose process is killed", function () {
  this.timeout(120_000);
  const temporary = useTemporaryFolder();

  it("goes on in another and ends with the same bytes as one that never was", async () => {
    const [killed, whole] = [join(temporary.path, "killed"), join(temporary.path, "whole")];
    for (const folder of [killed, whole]) mkdirSync(folder);
    const trained = async (...args: string[]): Promise<void> => {
      const child = fork(module, args);
      assert.deepEqual(await once(child, "exit"), [0, null]);
    };

    const child = fork(module, [killed]);
    for await (const [epoch] of on(child, "message")) if (epoch === 2) break;
    await sleep(20); // somewhere in the third epoch
    child.kill("SIGKILL");
    assert.deepEqual(await once(child, "exit"), [null, "SIGKILL"]);
    assert.ok(!existsSync(join(killed, "model")));

    await trained(killed, existsSync(join(killed, "3")) ? "3" : "2");
    await trained(whole);
    assert.deepEqual(readFileSync(join(killed, "model")), readFileSync(join(whole, "model")));
    assert.deepEqual(readFileSync(join(killed, "5")), readFileSync(join(whole, "5")));
  });
});
