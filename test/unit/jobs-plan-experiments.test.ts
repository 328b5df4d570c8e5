import assert from "node:assert/strict";
import { planExperiments } from "@mammoflow/jobs";
import fc from "fast-check";

const names = (experiments: { name: string }[]): string[] => experiments.map(({ name }) => name);

describe("the experiments of a run", () => {
  it("are the product of all that is asked for, each under a name of its own", () => {
    const some = <Value>(...values: Value[]): fc.Arbitrary<Value[]> =>
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 1 });
    fc.assert(
      fc.property(
        some("a", "b", "c"),
        some("none", "sampler", "sampler+weighted-loss"),
        some("head" as const, "last-block" as const, "all" as const),
        some(1, 2, 11, 12),
        some(0.1, 0.001, 0.0003),
        some("A", "B"),
        (backbones, strategies, parts, seeds, rates, leftOut) => {
          const axes = [{ abbreviation: "lr", setting: "learningRate", values: rates }];
          const planned = planExperiments({ backbones, strategies, parts, seeds, axes, leftOut });
          const factors = [backbones, strategies, parts, seeds, rates, leftOut];
          assert.equal(
            planned.length,
            factors.reduce((product, { length }) => product * length, 1),
          );
          assert.equal(new Set(names(planned)).size, planned.length);
        },
      ),
    );
  });

  it("are named after what they are made of, and after what a grid or a left-out data set adds", () => {
    const [plain] = planExperiments({
      backbones: ["resnet18"],
      strategies: ["none"],
      parts: ["last-block"],
      seeds: [3],
    });
    assert.deepEqual(plain, {
      name: "resnet18-none-last-block-s3",
      backbone: "resnet18",
      strategy: "none",
      part: "last-block",
      seed: 3,
    });
    const [added] = planExperiments({
      backbones: ["resnet18"],
      strategies: ["none"],
      parts: ["head"],
      seeds: [1],
      axes: [
        { abbreviation: "lr", setting: "learningRate", values: [0.001] },
        { abbreviation: "batch", setting: "batchSize", values: [16] },
      ],
      leftOut: ["site-b"],
    });
    assert.equal(added?.name, "resnet18-none-head-s1-lr0.001-batch16-without-site-b");
    assert.deepEqual(added?.settings, { learningRate: 0.001, batchSize: 16 });
    assert.equal(added?.leftOut, "site-b");
  });

  it("stand together by backbone and part, so that a worker reads what they learn from once", () => {
    const planned = planExperiments({
      backbones: ["a", "b"],
      strategies: ["none", "sampler"],
      parts: ["head", "all"],
      seeds: [1, 2],
    });
    const runs = planned.map(({ backbone, part }) => `${backbone} ${part}`);
    const changes = runs.filter((run, index) => index > 0 && run !== runs[index - 1]);
    assert.deepEqual(changes, ["a all", "b head", "b all"]);
  });

  it("have trees beside them that know neither seeds nor settings", () => {
    const planned = planExperiments({
      backbones: ["a"],
      strategies: ["none"],
      parts: ["head"],
      seeds: [1, 2],
      axes: [{ abbreviation: "lr", setting: "learningRate", values: [0.1, 0.2] }],
      baselines: ["tree", "boosted"],
      baselineStrategies: ["none", "weighted-loss"],
    });
    assert.deepEqual(names(planned.filter(({ backbone }) => backbone === "image-features")), [
      "image-features-none-tree-s1",
      "image-features-none-boosted-s1",
      "image-features-weighted-loss-tree-s1",
      "image-features-weighted-loss-boosted-s1",
    ]);
    assert.equal(planned.length, 8);
  });

  it("are refused where two would be the same", () => {
    const twice = { backbones: ["a", "a"], strategies: ["none"], parts: ["head" as const], seeds: [1] };
    assert.throws(() => planExperiments(twice), /named a-none-head-s1/);
  });
});
