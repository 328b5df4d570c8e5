import assert from "node:assert/strict";
import { describeLikeness, pooledRow, unlikeness } from "@mammoflow/models";
import { createRandom } from "@mammoflow/runtime";

describe("how unlike the training images an image is", () => {
  const random = createRandom(1);
  /** Sums of uniforms around a mean of each column's own, with a deviation of 1 / column. */
  const rows = (count: number, shift = 0): Float32Array[] =>
    Array.from({ length: count }, () =>
      Float32Array.from({ length: 40 }, (_, column) => {
        const normal = Array.from({ length: 12 }, () => random.uniform()).reduce((sum, one) => sum + one, -6);
        return column + (normal + shift) / (1 + column);
      }),
    );

  it("is about 1 for images like them, whatever the numbers' scales, and the distance in deviations for others", () => {
    const likeness = describeLikeness("numbers", rows(2000), rows(500))!;
    assert.deepEqual([likeness.trainingImages, likeness.validationImages, likeness.quantile], [2000, 500, 0.99]);
    const mean = (scores: number[]): number => scores.reduce((sum, score) => sum + score, 0) / scores.length;
    assert.ok(Math.abs(mean(rows(200).map((row) => unlikeness(row, likeness))) - 1) < 0.05);
    assert.ok(Math.abs(mean(rows(200, 4).map((row) => unlikeness(row, likeness))) - Math.sqrt(17)) < 0.2);
  });

  it("puts its threshold where 99 % of the validation images lie below", () => {
    const validation = rows(1000);
    const likeness = describeLikeness("numbers", rows(2000), validation)!;
    const above = validation.filter((row) => unlikeness(row, likeness) > likeness.threshold + 1e-5).length;
    assert.equal(above, 10);
  });

  it("leaves out what is not known, of an image or of all, and is not blown up by what never moved", () => {
    const training = rows(100).map((row) => row.map((value, column) => [Number.NaN, 3][column] ?? value));
    const likeness = describeLikeness("numbers", training, training)!;
    assert.deepEqual([likeness.mean[0], likeness.deviation[0], likeness.mean[1]], [null, null, 3]);
    const odd = training[0]!.map((value, column) => (column === 1 ? 3.001 : column > 20 ? Number.NaN : value));
    assert.ok(unlikeness(odd, likeness) < 2, `${unlikeness(odd, likeness)}`);
    assert.equal(unlikeness(new Float32Array(40).fill(Number.NaN), likeness), 0);
  });

  it("is not told from a handful of images, nor without any for validation", () => {
    assert.equal(describeLikeness("numbers", rows(7), rows(7)), null);
    assert.equal(describeLikeness("numbers", rows(100), []), null);
  });

  it("takes of activations each channel's mean over all places", () => {
    assert.deepEqual([...pooledRow(Float32Array.of(1, 10, 3, 20, 5, 30, 7, 40), 2)], [4, 25]);
  });
});
