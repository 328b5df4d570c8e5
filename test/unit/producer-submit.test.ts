import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { UsageError } from "@mammoflow/runtime";
import { CommanderError } from "commander";
import { planOf } from "../support/plan-of.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("what submit is asked for", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const path = (name: string): string => join(folder.path, name);

  before(async () => {
    for (const [seed, site] of ["north", "south", "east"].entries())
      await writePhantomDataset({ out: path(site), studies: 8, scale: 0.05, seed: seed + 1 });
  });

  it("takes options from a file, and those of the command line over it", async () => {
    const file = path("run.yaml");
    writeFileSync(
      file,
      `out: runs
models: [resnet18, mobilenetv2]
imbalance: sampler
part: all
baselines: none
epochs: 7
optimizer: sgd
label-smoothing: 0.1
first-batch-sizes: [8, 16]
batch-norm: running
early-stopping: 3
augment: { brightness: 0.1, blur: 0.1..2 }
clahe: false
grid: { seed: 1..3 }
`,
    );
    const config = await planOf(path("north"), "--config", file, "--epochs", "9");
    assert.deepEqual(
      config.experiments.map(({ name }) => name),
      ["resnet18", "mobilenetv2"].flatMap((backbone) => [1, 2, 3].map((seed) => `${backbone}-sampler-all-s${seed}`)),
    );
    const { epochs, optimizer, labelSmoothing, earlyStoppingEpochs, augmentation } = config.training;
    assert.deepEqual([epochs, optimizer, labelSmoothing, earlyStoppingEpochs], [9, "sgd", 0.1, 3]);
    const { firstBatchSizes, batchNormStatistics, batchSize } = config.training;
    assert.deepEqual([firstBatchSizes, batchNormStatistics, batchSize], [[8, 16], "running", 32]);
    assert.deepEqual(augmentation, {
      brightness: 0.1,
      contrast: 0,
      blurSigmaPx: [0.1, 2],
      rotationDegrees: 0,
      translation: 0,
    });
    assert.doesNotMatch(JSON.stringify(config.recipe), /clahe/);
  });

  it("keeps several data sets apart, and tests on one that nothing is learnt from", async () => {
    const choices = ["--models", "resnet18", "--imbalance", "none", "--baselines", "none", "--out", "x"];
    const several = await planOf(path("north"), path("south"), "--test-on", path("east"), ...choices);
    assert.deepEqual(
      several.dataset.sources.map(({ name, isTestOnly }) => [name, isTestOnly]),
      [
        ["north", false],
        ["south", false],
        ["east", true],
      ],
    );
    assert.equal(several.dataset.studies, 24);
    const without = await planOf(path("north"), path("south"), "--leave-one-source-out", ...choices);
    assert.deepEqual(
      without.experiments.map(({ name, leftOut }) => [name, leftOut]),
      [
        ["resnet18-none-head-s1-without-north", "north"],
        ["resnet18-none-head-s1-without-south", "south"],
      ],
    );
  });

  it("refuses what does not fit and says what to do", async () => {
    const bad = path("bad.yaml");
    writeFileSync(bad, "out: x\nmodel: resnet18\n");
    const worse = path("worse.yaml");
    writeFileSync(worse, "out: x\nepochs: many\n");
    const cases: [args: string[], message: RegExp][] = [
      [["--grid", "lr=0.1"], /Say with --out where/],
      [["--out", "x", "--grid", "rate=0.1"], /rate: no such key is known; give backbone, imbalance, part, seed, .*lr/],
      [["--out", "x", "--leave-one-source-out"], /only north to learn from/],
      [["--out", "x", "--augment", "brightness=0.1"], /only --part all trains on images/],
      [
        ["--out", "x", "--part", "all", "--augment", "colour=1"],
        /"colour" changes nothing that is known; give brightness/,
      ],
      [["--out", "x", "--warmup", "40"], /warmupEpochs cannot be used: the warm-up is longer/],
      [["--config", bad], /bad\.yaml: model is no option of `mammoflow submit`; it may hold .*models/],
      [["--config", worse], /worse\.yaml: epochs: Give a whole number of 1 or more/],
      [["--out", "x", "--test-on", path("north")], /is given twice/],
    ];
    for (const [args, message] of cases)
      await assert.rejects(planOf(path("north"), ...args), (error: Error) => {
        assert.ok(error instanceof UsageError || error instanceof CommanderError, String(error));
        assert.match(error.message, message);
        return true;
      });
  });
});
