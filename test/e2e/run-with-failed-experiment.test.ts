import assert from "node:assert/strict";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { runCli } from "../support/cli.ts";
import { redis, skipUnless } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("a run with an experiment that fails", function () {
  this.timeout(240_000);
  const folder = useTemporaryFolder();

  it("compares the others, says which failed and why, and ends with 1", async function () {
    skipUnless(this, redis);
    const data = join(folder.path, "data");
    await writePhantomDataset({ out: data, studies: 24, scale: 0.05, seed: 3 });
    const choice = "--models efficientnet-lite0 --weights none --imbalance none --baselines none --seeds 1 --size 64";
    const { code, stdout, stderr } = await runCli(
      ["submit", data, "--out", join(folder.path, "out"), ...choice.split(" "), "--grid", "lr=3e-4,1e30"],
      { MAMMOFLOW_HOME: join(folder.path, "home") },
    );
    assert.equal(code, 1, stderr);
    assert.match(stdout, /Experiments 1 of 2 compared\n +\S+-lr1e\+30: Training diverged in epoch 1: .* learning rate/);
    assert.match(stdout, /24 submitted = 24 completed \+ 0 failed/);
    assert.match(stderr, /mammoflow retry \S+ --failed --watch/);
  });
});
