import assert from "node:assert/strict";
import * as fc from "fast-check";
import { classWeights, imbalanceStrategies } from "../../packages/models/src/training/imbalance.ts";
import { initialTensors } from "../../packages/models/src/training/initial-tensors.ts";
import { headLayers } from "../support/small-head.ts";
import { createRandom, restoreRandom } from "@mammoflow/runtime";
import { drawWeighted, planEpoch } from "../../packages/models/src/training/samplers.ts";

/** Labels with at least one row of each class. */
const someLabels = fc
  .array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 200 })
  .filter((labels) => new Set(labels).size === 2)
  .map((labels) => Uint8Array.from(labels));

const malignantShare = (labels: Uint8Array, rows: Int32Array): number =>
  rows.reduce((sum, row) => sum + labels[row]!, 0) / rows.length;

describe("createRandom", () => {
  it("goes on from a saved state as if it had not stopped", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), (seed, drawn) => {
        const random = createRandom(seed);
        for (let n = 0; n < drawn; n++) random.uniform();
        const restored = restoreRandom(random.state());
        for (let n = 0; n < 20; n++) assert.equal(restored.uniform(), random.uniform());
      }),
    );
  });

  it("is uniform, and another stream for another seed", () => {
    const random = createRandom(5);
    const draws = Array.from({ length: 100_000 }, () => random.uniform());
    const counts = new Float64Array(10);
    for (const draw of draws) counts[Math.floor(draw * 10)]! += 1;
    // Chi-squared with 9 degrees of freedom: 27.9 is passed once in a thousand.
    const chiSquared = counts.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0);
    assert.ok(chiSquared < 27.9, `chi-squared ${chiSquared}`);
    assert.notEqual(createRandom(6).uniform(), draws[0]);
  });

  it("refuses a text that is no state", () => {
    assert.throws(() => restoreRandom("yesterday"), RangeError);
  });
});

describe("planEpoch", () => {
  it("visits every row once where nothing is rebalanced", () => {
    fc.assert(
      fc.property(someLabels, fc.integer(), (labels, seed) => {
        const { rows } = planEpoch({ labels, sampling: "shuffle", flipProbability: 0.3 }, createRandom(seed));
        assert.deepEqual(
          [...rows].toSorted((a, b) => a - b),
          [...labels.keys()],
        );
      }),
    );
  });

  it("undersamples to every row of the rarer class and as many different ones of the other", () => {
    fc.assert(
      fc.property(someLabels, fc.integer(), (labels, seed) => {
        const { rows } = planEpoch({ labels, sampling: "undersample", flipProbability: 0 }, createRandom(seed));
        const malignant = labels.reduce((sum, label) => sum + label, 0);
        const rarer = Math.min(malignant, labels.length - malignant);
        assert.equal(rows.length, 2 * rarer);
        assert.equal(new Set(rows).size, 2 * rarer);
        assert.equal(malignantShare(labels, rows), 0.5);
      }),
    );
  });

  it("oversamples to every row of the commoner class once, and those of the other equally often but for one", () => {
    fc.assert(
      fc.property(someLabels, fc.integer(), (labels, seed) => {
        const { rows } = planEpoch({ labels, sampling: "oversample", flipProbability: 0 }, createRandom(seed));
        const malignant = labels.reduce((sum, label) => sum + label, 0);
        const common = malignant > labels.length - malignant ? 1 : 0;
        const times = Array.from(labels, (_, row) => rows.filter((one) => one === row).length);
        assert.equal(malignantShare(labels, rows), 0.5);
        const rarer = times.filter((_, row) => labels[row] !== common);
        const other = times.filter((_, row) => labels[row] === common);
        if (rarer.length < other.length) assert.ok(other.every((count) => count === 1));
        assert.ok(Math.max(...rarer) - Math.min(...rarer) <= 1);
      }),
    );
  });

  it("draws both classes equally often with the weighted sampler, and within a class each row equally often", () => {
    const labels = Uint8Array.from({ length: 1000 }, (_, row) => (row % 10 === 0 ? 1 : 0));
    const random = createRandom(1);
    const drawn = new Float64Array(labels.length);
    const epochs = 200;
    for (let epoch = 0; epoch < epochs; epoch++) {
      const { rows } = planEpoch({ labels, sampling: "weighted", flipProbability: 0 }, random);
      assert.equal(rows.length, labels.length);
      for (const row of rows) drawn[row]! += 1;
    }
    const malignant = drawn.filter((_, row) => labels[row] === 1);
    const benign = drawn.filter((_, row) => labels[row] === 0);
    const share = malignant.reduce((sum, count) => sum + count, 0) / (epochs * labels.length);
    assert.ok(Math.abs(share - 0.5) < 0.005, `malignant share ${share}`);
    for (const counts of [malignant, benign]) {
      const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
      const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
      // Draws of one row are binomial, near Poisson: the variance is about the mean.
      assert.ok(variance / mean > 0.65 && variance / mean < 1.4, `variance ${variance} of mean ${mean}`);
    }
  });

  it("draws as often as the weights say, whatever they are, and never what weighs nothing", () => {
    const someWeights = fc
      .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 })
      .filter((w) => w.some((n) => n > 0));
    fc.assert(
      fc.property(someWeights, fc.integer(), (weights, seed) => {
        const draws = 4000;
        const counts = new Float64Array(weights.length);
        for (const index of drawWeighted(Float64Array.from(weights), draws, createRandom(seed))) counts[index]! += 1;
        const total = weights.reduce((sum, weight) => sum + weight, 0);
        weights.forEach((weight, index) => {
          const expected = (draws * weight) / total;
          assert.ok(Math.abs(counts[index]! - expected) <= 6 * Math.sqrt(expected) + (weight === 0 ? 0 : 1));
        });
      }),
    );
  });

  it("flips horizontally and vertically, independently, as often as asked", () => {
    const labels = Uint8Array.from({ length: 40_000 }, (_, row) => row % 2);
    const { flips } = planEpoch({ labels, sampling: "shuffle", flipProbability: 0.3 }, createRandom(2));
    const shares = [0, 1, 2, 3].map((flip) => flips.filter((one) => one === flip).length / flips.length);
    [0.49, 0.21, 0.21, 0.09].forEach((expected, flip) => assert.ok(Math.abs(shares[flip]! - expected) < 0.01));
  });

  it("is the same plan for the same seed", () => {
    const labels = Uint8Array.from({ length: 50 }, (_, row) => (row < 5 ? 1 : 0));
    for (const { sampling } of Object.values(imbalanceStrategies)) {
      const plan = (): object => planEpoch({ labels, sampling, flipProbability: 0.3 }, createRandom(9));
      assert.deepEqual(plan(), plan());
    }
  });
});

describe("classWeights", () => {
  it("are inverse to frequency and average 1 over the rows", () => {
    fc.assert(
      fc.property(someLabels, (labels) => {
        const weights = classWeights(labels);
        const mean = labels.reduce((sum, label) => sum + weights[label === 1 ? 1 : 0], 0) / labels.length;
        assert.ok(Math.abs(mean - 1) < 1e-9);
      }),
    );
  });

  it("refuse rows of one class, with their counts", () => {
    assert.throws(() => classWeights(new Uint8Array(7)), {
      code: "TRAINING_ROWS",
      message: /7 benign and 0 malignant/,
    });
  });
});

describe("initialTensors", () => {
  it("begins a classifier as PyTorch's nn.Linear: uniform within 1/sqrt(n), seeded", () => {
    const initial = (): Float32Array[] =>
      [...initialTensors(headLayers(1024), new Map(), createRandom(1)).values()].map(({ data }) => data);
    const [weight, bias] = initial();
    const bound = 1 / 32;
    for (const value of [...weight!, ...bias!]) assert.ok(Math.abs(value) <= bound);
    const variance = weight!.reduce((sum, value) => sum + value * value, 0) / weight!.length;
    assert.ok(Math.abs(variance / (bound ** 2 / 3) - 1) < 0.1);
    assert.deepEqual(initial()[0], weight);
  });
});
