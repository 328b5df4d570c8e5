import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { keepHeartbeat } from "@mammoflow/runtime";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/waiting.ts";

describe("a service's heartbeat", () => {
  const folder = useTemporaryFolder();

  it("is written again and again while the service is well, and not while it is not", async () => {
    const file = join(folder.path, "heartbeat");
    let isWell = true;
    const heartbeat = keepHeartbeat({
      file,
      isWell: () => (isWell ? Promise.resolve(true) : Promise.reject(new Error("no queue"))),
      everyMs: 10,
    });
    try {
      await until(() => existsSync(file));
      rmSync(file);
      await until(() => existsSync(file));
      isWell = false;
      await sleep(50); // a beat that was under way
      rmSync(file);
      await sleep(100);
      assert.ok(!existsSync(file));
      isWell = true;
      await until(() => existsSync(file));
    } finally {
      await heartbeat.close();
    }
    rmSync(file);
    await sleep(50);
    assert.ok(!existsSync(file));
  });

  it("is not written while the question whether all is well has no answer", async () => {
    const file = join(folder.path, "heartbeat-hung");
    let asked = 0;
    const heartbeat = keepHeartbeat({ file, isWell: () => new Promise(() => void asked++), everyMs: 5 });
    await sleep(60);
    await heartbeat.close();
    assert.equal(asked, 1);
    assert.ok(!existsSync(file));
  });
});
