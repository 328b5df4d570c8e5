import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { baselines, evaluateBinary, type BinaryMetrics, type Estimate, type RocPoint } from "@mammoflow/evaluation";

interface GoldenCase {
  name: string;
  labels: number[];
  probabilities: number[];
  groups?: number[];
  metrics: Record<string, Estimate>;
  confusion: BinaryMetrics["confusion"];
  roc: [number, number][];
  pr: [number, number][];
}

const golden = JSON.parse(readFileSync(new URL("../goldens/metrics.json", import.meta.url), "utf8")) as {
  resamples: number;
  cases: GoldenCase[];
};

const close = (actual: number | null | undefined, expected: number | null, tolerance: number, what: string): void => {
  if (expected === null) return assert.equal(actual, null, what);
  assert.ok(
    typeof actual === "number" && Math.abs(actual - expected) <= tolerance,
    `${what}: ${actual} is not ${expected}`,
  );
};

/** Whether a point lies on the straight line between two points of a ROC curve. */
const isBetween = ([x, y]: [number, number], from: RocPoint, to: RocPoint): boolean => {
  const [width, height] = [to.falsePositiveRate - from.falsePositiveRate, to.truePositiveRate - from.truePositiveRate];
  const [right, up] = [x - from.falsePositiveRate, y - from.truePositiveRate];
  const slack = 1e-9;
  return (
    right >= -slack &&
    right <= width + slack &&
    up >= -slack &&
    up <= height + slack &&
    Math.abs(width * up - height * right) < slack
  );
};

const width = ({ low, high }: Estimate): number => high! - low!;

/** Rows with coarse probabilities, so that ties are common, and at least one row of each class. */
const someRows = fc
  .array(fc.record({ label: fc.constantFrom(0, 1), probability: fc.integer({ min: 0, max: 20 }).map((n) => n / 20) }), {
    minLength: 2,
    maxLength: 60,
  })
  .filter((rows) => new Set(rows.map((row) => row.label)).size === 2);

const evaluate = (rows: { label: number; probability: number }[], resamples = 0): BinaryMetrics =>
  evaluateBinary({
    labels: rows.map((row) => row.label),
    probabilities: rows.map((row) => row.probability),
    resamples,
  });

describe("evaluateBinary against scikit-learn", () => {
  for (const expected of golden.cases) {
    const actual = evaluateBinary({ ...expected, resamples: golden.resamples });

    it(`gives the same metrics: ${expected.name}`, () => {
      assert.deepEqual(actual.confusion, expected.confusion);
      for (const [name, { value }] of Object.entries(expected.metrics))
        close((actual as unknown as Record<string, Estimate>)[name]?.value, value, 1e-9, name);
    });

    it(`gives the same curves: ${expected.name}`, () => {
      for (const [x, y] of expected.roc)
        assert.ok(
          actual.roc.some((from, index) => isBetween([x, y], from, actual.roc[index + 1] ?? from)),
          `ROC (${x}, ${y}) does not lie on the curve`,
        );
      assert.ok(actual.roc.length <= expected.roc.length);
      assert.equal(actual.pr.length, expected.pr.length);
      actual.pr.forEach((point, index) => {
        close(point.recall, expected.pr[index]![0], 1e-9, `PR x ${index}`);
        close(point.precision, expected.pr[index]![1], 1e-9, `PR y ${index}`);
      });
    });

    it(`gives intervals that agree within the noise of resampling: ${expected.name}`, () => {
      for (const [name, { low, high }] of Object.entries(expected.metrics)) {
        const estimate = (actual as unknown as Record<string, Estimate>)[name];
        const noise = 0.004 + 0.04 * ((high ?? 0) - (low ?? 0));
        close(estimate?.low, low, noise, `${name} low`);
        close(estimate?.high, high, noise, `${name} high`);
      }
    });
  }
});

describe("evaluateBinary", () => {
  it("counts AUC as the share of pairs that are ordered rightly, ties one half", () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const malignant = rows.filter((row) => row.label === 1);
        const benign = rows.filter((row) => row.label === 0);
        const won = malignant.flatMap((m) =>
          benign.map((b) => (m.probability > b.probability ? 1 : m.probability === b.probability ? 0.5 : 0)),
        );
        const share = won.reduce<number>((sum, one) => sum + one, 0) / won.length;
        close(evaluate(rows).auc.value, share, 1e-12, "AUC");
      }),
    );
  });

  it("keeps every metric and its interval within bounds, the interval ordered", () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const { f1Gain, mcc, ...metrics } = evaluate(rows, 50);
        for (const estimate of Object.values(metrics)) {
          if (typeof estimate !== "object" || !("low" in estimate)) continue;
          const { value, low, high } = estimate;
          for (const bound of [value, low, high]) assert.ok(bound === null || (bound >= 0 && bound <= 1));
          assert.ok(low === null || high === null || low <= high);
        }
        for (const { value } of [f1Gain, mcc]) assert.ok(value !== null && Math.abs(value) <= 1);
      }),
      { numRuns: 60 },
    );
  });

  it("does not depend on the order of the rows", () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const { bootstrap: _, ...metrics } = evaluate(rows);
        const { bootstrap: __, ...reversed } = evaluate(rows.toReversed());
        assert.deepEqual(reversed.confusion, metrics.confusion);
        assert.deepEqual(reversed.roc, metrics.roc);
        close(reversed.averagePrecision.value, metrics.averagePrecision.value, 1e-12, "average precision");
      }),
    );
  });

  it("does not change AUC when probabilities are stretched by a monotone curve, and mirrors it when labels are swapped", () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const auc = evaluate(rows).auc.value;
        close(
          evaluate(rows.map((row) => ({ ...row, probability: row.probability ** 2 }))).auc.value,
          auc,
          1e-12,
          "squared",
        );
        close(evaluate(rows.map((row) => ({ ...row, label: 1 - row.label }))).auc.value, 1 - auc!, 1e-12, "swapped");
      }),
    );
  });

  it("gives the same interval for the same seed", () => {
    const input = { labels: [0, 1, 0, 1, 1, 0], probabilities: [0.2, 0.7, 0.6, 0.4, 0.9, 0.1], resamples: 200 };
    assert.deepEqual(evaluateBinary({ ...input, seed: 3 }), evaluateBinary({ ...input, seed: 3 }));
    assert.notDeepEqual(evaluateBinary({ ...input, seed: 3 }).auc, evaluateBinary({ ...input, seed: 4 }).auc);
  });

  it("gives wider intervals when images of one study are resampled together", () => {
    const labels = Array.from({ length: 400 }, (_, row) => (Math.floor(row / 4) % 5 === 0 ? 1 : 0));
    const probabilities = labels.map(
      (label, row) => (label === 1 ? 0.35 : 0.2) + (0.4 * ((Math.floor(row / 4) * 37) % 100)) / 100,
    );
    const groups = labels.map((_, row) => `study-${Math.floor(row / 4)}`);
    const alone = width(evaluateBinary({ labels, probabilities }).auc);
    const grouped = evaluateBinary({ labels, probabilities, groups });
    assert.deepEqual(grouped.bootstrap, { resamples: 2000, seed: 1, unit: "group", units: 100 });
    assert.ok(width(grouped.auc) > 1.5 * alone, `${width(grouped.auc)} against ${alone}`);
  });

  it("counts a share that is just reached as reached: one false alarm in ten is a specificity of .9", () => {
    const measure = (labels: number[]): BinaryMetrics =>
      evaluateBinary({ labels, probabilities: labels.map((_, row) => 1 - row / labels.length), resamples: 0 });
    const [tenBenign, tenMalignant] = [
      [1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
      [0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1],
    ];
    assert.equal(measure(tenBenign).recallAtSpecificity90.value, 0.75);
    assert.equal(measure(tenMalignant).specificityAtRecall90.value, 0.25);
  });

  it("says nothing, rather than 0, where a metric is undefined", () => {
    const oneClass = evaluateBinary({ labels: [0, 0, 0], probabilities: [0.1, 0.2, 0.7], resamples: 10 });
    for (const name of ["recall", "f1", "auc", "averagePrecision"] as const)
      assert.deepEqual(oneClass[name], { value: null, low: null, high: null }, name);
    assert.deepEqual(oneClass.roc, []);
    assert.deepEqual(oneClass.pr, []);
    const nonePositive = evaluateBinary({ labels: [0, 1], probabilities: [0.1, 0.2], resamples: 0 });
    assert.equal(nonePositive.precision.value, null);
    assert.equal(nonePositive.f1.value, 0);
  });

  it("withholds an interval that rests on too few resamples", () => {
    const { auc } = evaluateBinary({ labels: [0, 0, 0, 0, 1], probabilities: [0.1, 0.2, 0.3, 0.4, 0.5] });
    assert.deepEqual(auc, { value: 1, low: null, high: null });
  });

  it("refuses rows that cannot be evaluated, and names the row", () => {
    assert.throws(() => evaluateBinary({ labels: [0, 1], probabilities: [0.1, Number.NaN] }), /Row 1 .*diverged/);
    assert.throws(() => evaluateBinary({ labels: [0, 2], probabilities: [0.1, 0.2] }), /Row 1 has the label 2/);
    assert.throws(() => evaluateBinary({ labels: [0], probabilities: [0.1, 0.2] }), /2 probabilities for 1 labels/);
    assert.throws(() => evaluateBinary({ labels: [], probabilities: [] }), { code: "EVALUATION_INPUT" });
    assert.throws(
      () => evaluateBinary({ labels: [0, 1], probabilities: [0, 1], groups: ["a"] }),
      /1 groups for 2 rows/,
    );
  });

  it("resamples four thousand rows two thousand times in seconds", () => {
    const labels = Array.from({ length: 4000 }, (_, row) => (row % 10 === 0 ? 1 : 0));
    const probabilities = labels.map((label, row) => ((row * 7919) % 1000) / 1250 + label * 0.2);
    const started = performance.now();
    evaluateBinary({ labels, probabilities });
    assert.ok(performance.now() - started < 3000);
  });
});

describe("baselines", () => {
  it("are those of the field: on VinDr-Mammo's test split .904 accurate, and F1 .175", () => {
    const labels = Array.from({ length: 4000 }, (_, row) => (row < 384 ? 1 : 0));
    const [benign, malignant] = baselines(labels, { resamples: 100 });
    assert.equal(benign?.metrics.accuracy.value, 0.904);
    assert.equal(benign?.metrics.precision.value, null);
    assert.equal(benign?.metrics.auc.value, 0.5);
    assert.equal(malignant?.metrics.f1.value?.toFixed(3), "0.175");
    assert.deepEqual(malignant?.metrics.f1Gain, { value: 0, low: 0, high: 0 });
    assert.equal(malignant?.metrics.recall.value, 1);
  });
});
