import assert from "node:assert/strict";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { runCli } from "../support/cli.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("mammoflow submit --dry-run", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(() => writePhantomDataset({ out: join(folder.path, "data"), studies: 8, scale: 0.05, seed: 1 }));

  it("says by which protocol it goes, what was changed of it, and what that may take", async () => {
    const data = join(folder.path, "data");
    const plan = (...args: string[]) => runCli(["submit", data, "--out", "x", "--dry-run", ...args]);
    const recommended = await plan();
    assert.equal(recommended.code, 0, recommended.stderr);
    assert.match(recommended.stdout, /\nProtocol recommended\.\nRecipe mammogram at 512 px\. The networks take up to /);
    assert.match(recommended.stdout, /images of 512 px take 4 times what the study's 256 px take \(--size 256\)/);
    const changed = await plan("--protocol", "study", "--epochs", "3", "--test-flips", "all");
    assert.match(
      changed.stdout,
      /\nProtocol study, but for: epochs 3 instead of 10; test-flips all instead of none\.\nRecipe study\. /,
    );
    const unknown = await plan("--protocol", "best");
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /--protocol.*recommended, study/);
  });

  it("lists the experiments of a grid and their number", async () => {
    const data = join(folder.path, "data");
    const grid = "backbone=resnet18 imbalance=sampler,focal-loss part=head,all lr=0.001,0.0003 seed=1..2";
    const { code, stdout, stderr } = await runCli(["submit", data, "--out", "x", "--dry-run", "--grid", grid]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\n18 experiments:\n/); // 2 x 2 x 2 x 2, and two kinds of trees
    assert.match(stdout, /\n {2}resnet18-focal-loss-all-s2-lr0\.0003\n/);
    assert.match(stdout, /\n {2}image-features-weighted-loss-boosted-s1\n/);
  });
});
