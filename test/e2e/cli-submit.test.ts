import assert from "node:assert/strict";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { runCli } from "../support/cli.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("mammoflow submit --dry-run", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it("lists the experiments of a grid and their number", async () => {
    const data = join(folder.path, "data");
    await writePhantomDataset({ out: data, studies: 8, scale: 0.05, seed: 1 });
    const grid = "backbone=resnet18 imbalance=sampler,focal-loss part=head,all lr=0.001,0.0003 seed=1..2";
    const { code, stdout, stderr } = await runCli(["submit", data, "--out", "x", "--dry-run", "--grid", grid]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\n18 experiments:\n/); // 2 x 2 x 2 x 2, and two kinds of trees
    assert.match(stdout, /\n {2}resnet18-focal-loss-all-s2-lr0\.0003\n/);
    assert.match(stdout, /\n {2}image-features-weighted-loss-boosted-s1\n/);
  });
});
