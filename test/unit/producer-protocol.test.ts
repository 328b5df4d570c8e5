import assert from "node:assert/strict";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { aggregations } from "@mammoflow/evaluation";
import { recipeHash, recipeName, recipePresets, recipeSchema } from "@mammoflow/imaging";
import type { RunConfig } from "@mammoflow/jobs";
import { optimizerNames, testFlipNames } from "@mammoflow/models";
import * as fc from "fast-check";
import { estimateCost } from "../../services/producer/src/estimate-cost.ts";
import { protocolNames } from "../../services/producer/src/protocols.ts";
import { planOf } from "../support/plan-of.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("a protocol", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(() => writePhantomDataset({ out: join(folder.path, "data"), studies: 8, scale: 0.05, seed: 1 }));

  /** A run of one network. */
  const planned = (...args: string[]): Promise<RunConfig> => {
    const common = ["--out", "x", "--models", "resnet18", "--imbalance", "sampler", "--baselines", "none"];
    return planOf(join(folder.path, "data"), ...common, ...args);
  };

  const sizeOf = ({ recipe }: RunConfig): number | undefined => {
    const resize = recipeSchema.parse(recipe).steps.findLast((step) => step.step === "resize");
    return resize?.step === "resize" ? resize.widthPx : undefined;
  };

  it("called study is what was published, but for its test split, which no default may choose by", async () => {
    const config = await planned("--protocol", "study");
    assert.equal(config.recipeHash, recipeHash(recipePresets.study));
    const { optimizer, learningRate, schedule, warmupEpochs, weightDecay } = config.training;
    assert.deepEqual([optimizer, learningRate, schedule, warmupEpochs, weightDecay], ["adam", 3e-4, "constant", 0, 0]);
    const { batchSize, epochs, earlyStoppingEpochs, outputs, flipProbability, emaDecay } = config.training;
    assert.deepEqual(
      [batchSize, epochs, earlyStoppingEpochs, outputs, flipProbability, emaDecay],
      [32, 10, 0, 2, 0.3, 0],
    );
    assert.deepEqual([config.testFlips, config.validateOn], ["none", "training"]);
    assert.deepEqual(config.protocol, { name: "study", changed: [] });
  });

  it("called recommended is the default: its recipe and training, large images where only heads learn", async () => {
    const config = await planned();
    assert.deepEqual(config, { ...(await planned("--protocol", "recommended")), runId: config.runId });
    assert.equal(recipeName(recipeSchema.parse(config.recipe)), "mammogram at 512 px");
    const { optimizer, schedule, warmupEpochs, earlyStoppingEpochs } = config.training;
    assert.deepEqual([optimizer, schedule, warmupEpochs, earlyStoppingEpochs], ["adamw", "cosine", 1, 8]);
    assert.deepEqual([config.testFlips, config.aggregation], ["all", "mean"]);
    assert.deepEqual(config.protocol, { name: "recommended", changed: [] });
    assert.equal(sizeOf(await planned("--part", "head,last-block")), 256);
    assert.equal(sizeOf(await planned("--grid", "part=all seed=1")), 256);
  });

  const shareBelowOne = fc.integer({ min: 0, max: 19 }).map((twentieths) => twentieths / 20);
  const whole = (min: number, max: number) => fc.integer({ min, max });
  /** An option, the values that it may be given, and where the value arrives. */
  const options: Record<string, { values: fc.Arbitrary<string | number>; arrivedIn: (config: RunConfig) => unknown }> =
    {
      epochs: { values: whole(1, 99), arrivedIn: ({ training }) => training["epochs"] },
      "batch-size": { values: whole(1, 99), arrivedIn: ({ training }) => training["batchSize"] },
      "learning-rate": {
        values: whole(1, 100).map((steps) => steps / 1e5),
        arrivedIn: ({ training }) => training["learningRate"],
      },
      optimizer: { values: fc.constantFrom(...optimizerNames), arrivedIn: ({ training }) => training["optimizer"] },
      schedule: { values: fc.constantFrom("constant", "cosine"), arrivedIn: ({ training }) => training["schedule"] },
      warmup: { values: fc.constantFrom(0, 1), arrivedIn: ({ training }) => training["warmupEpochs"] },
      "weight-decay": { values: shareBelowOne, arrivedIn: ({ training }) => training["weightDecay"] },
      "label-smoothing": { values: shareBelowOne, arrivedIn: ({ training }) => training["labelSmoothing"] },
      dropout: { values: shareBelowOne, arrivedIn: ({ training }) => training["dropout"] },
      ema: { values: shareBelowOne, arrivedIn: ({ training }) => training["emaDecay"] },
      "early-stopping": { values: whole(0, 20), arrivedIn: ({ training }) => training["earlyStoppingEpochs"] },
      outputs: { values: fc.constantFrom(1, 2), arrivedIn: ({ training }) => training["outputs"] },
      flip: { values: shareBelowOne, arrivedIn: ({ training }) => training["flipProbability"] },
      "test-flips": { values: fc.constantFrom(...testFlipNames), arrivedIn: ({ testFlips }) => testFlips },
      aggregation: { values: fc.constantFrom(...aggregations), arrivedIn: ({ aggregation }) => aggregation },
      "validate-on": { values: fc.constantFrom("training", "test"), arrivedIn: ({ validateOn }) => validateOn },
      recipe: {
        values: fc.constantFrom(...Object.keys(recipePresets)),
        arrivedIn: ({ recipe }) => recipeName(recipeSchema.parse(recipe)),
      },
      size: { values: fc.constantFrom(64, 256, 300, 512), arrivedIn: sizeOf },
    };

  it("gives way to every option, and what gave way is told, nothing else", async () => {
    const given = fc.record(
      Object.fromEntries(Object.entries(options).map(([name, { values }]) => [name, fc.option(values)])),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...protocolNames), given, async (name, choices) => {
        const chosen = Object.entries(choices).flatMap(([option, value]) =>
          value === null ? [] : [{ option, value }],
        );
        const untouched = await planned("--protocol", name);
        const config = await planned(
          "--protocol",
          name,
          ...chosen.flatMap(({ option, value }) => [`--${option}`, String(value)]),
        );
        const sized = chosen.some(({ option }) => option === "size");
        for (const { option, value } of chosen)
          if (!(option === "recipe" && sized)) assert.equal(options[option]!.arrivedIn(config), value, option);
        for (const [option, { arrivedIn }] of Object.entries(options))
          if (
            !chosen.some((each) => each.option === option || (option === "size" && each.option === "recipe")) &&
            !(option === "recipe" && sized)
          )
            assert.equal(arrivedIn(config), arrivedIn(untouched), option);
        const differing = Object.entries(options)
          .filter(([option, { arrivedIn }]) => option !== "size" && arrivedIn(config) !== arrivedIn(untouched))
          .map(([option]) => option);
        assert.deepEqual(config.protocol!.changed.map(({ option }) => option).toSorted(), differing.toSorted());
      }),
      { numRuns: 40 },
    );
  });

  it("tells the values of a grid, too", async () => {
    const { protocol } = await planned("--grid", "lr=0.001,0.0003 epochs=30");
    assert.deepEqual(protocol!.changed, [{ option: "learning-rate", from: "0.0003", to: "0.001 or 0.0003" }]);
  });

  it("costs more where images are larger, layers move, or networks are many", async () => {
    const secondsOf = async (...args: string[]): Promise<number> => estimateCost(await planned(...args)).seconds;
    const recommended = await secondsOf();
    assert.ok(Math.abs(recommended - (32 * 4 * 4 * 0.023 + 32 * 30 * 0.00002)) < 1e-6, "32 images, four flips, 512 px");
    assert.ok(recommended > 3 * (await secondsOf("--protocol", "study")));
    assert.ok((await secondsOf("--part", "all")) > (await secondsOf("--part", "last-block")));
    assert.ok((await secondsOf("--models", "resnet18,vgg16")) > 7 * recommended);
    assert.ok((await secondsOf("--seeds", "1..5")) < 1.1 * recommended, "seeds share what was taken");
  });
});
