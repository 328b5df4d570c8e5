import assert from "node:assert/strict";
import { parseGrid } from "../../services/producer/src/parse-grid.ts";

describe("a grid", () => {
  it("gives what experiments are made of, and settings with their values, in its own order", () => {
    assert.deepEqual(
      parseGrid("backbone=resnet18,mobilenetv2 imbalance=focal-loss part=head,all lr=0.001,0.0003 seed=1..3 batch=16"),
      {
        models: ["resnet18", "mobilenetv2"],
        imbalance: ["focal-loss"],
        part: ["head", "all"],
        seeds: [1, 2, 3],
        axes: [
          { abbreviation: "lr", setting: "learningRate", values: [0.001, 0.0003] },
          { abbreviation: "batch", setting: "batchSize", values: [16] },
        ],
      },
    );
  });

  it("takes every one of the eight strategies", () => {
    assert.equal(parseGrid("imbalance=all").imbalance?.length, 8);
  });

  for (const { grid, message } of [
    { grid: "learningrate=0.1", message: /learningrate: no such key.*backbone, imbalance, part, seed, .*lr/ },
    { grid: "backbone=resnet19", message: /backbone: "resnet19" is none of .*resnet18/ },
    { grid: "lr=fast", message: /lr: Give a number above 0/ },
    { grid: "lr=0.1,-1", message: /lr: Give a number above 0/ },
    { grid: "schedule=linear", message: /schedule: "linear" is none of constant, cosine/ },
    { grid: "seed=1 seed=2", message: /seed stands there twice/ },
    { grid: "lr", message: /"lr" is no key=value/ },
    { grid: "lr=", message: /"lr=" is no key=value/ },
    { grid: " ", message: /The grid is empty/ },
    { grid: "seed=5..1", message: /seed: Give seeds/ },
  ])
    it(`refuses ${JSON.stringify(grid)} and says what may stand there`, () => {
      assert.throws(() => parseGrid(grid), message);
    });
});
