import assert from "node:assert/strict";
import { join } from "node:path";
import { startCli } from "../support/cli.ts";
import { redis, skipUnless } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("mammoflow up", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it("tells the dashboard's address when it can be opened, and stops cleanly", async function () {
    skipUnless(this, redis);
    const up = startCli(["up", "--preprocess-workers", "0", "--train-workers", "0"], {
      MAMMOFLOW_HOME: join(folder.path, "home"),
    });
    const ended = new Promise<number | null>((resolve) => up.once("close", resolve));
    try {
      let said = "";
      const address = await new Promise<string>((resolve, reject) => {
        up.stderr.on("data", (text: Buffer) => {
          said += text.toString();
          const [, found] = /dashboard: (http:\S+)\n/.exec(said) ?? [];
          if (found !== undefined) resolve(found);
        });
        up.once("close", () => reject(new Error(said)));
      });
      const answer = await fetch(address);
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /No run was submitted yet/);
    } finally {
      up.kill("SIGINT");
    }
    assert.equal(await ended, 0);
  });
});
