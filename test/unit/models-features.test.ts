import assert from "node:assert/strict";
import { type Features, readFeatures, writeFeatures, writeSafetensors } from "@mammoflow/models";

const features: Features = {
  imageIds: ["b", "a", "ü"],
  variants: ["none", "h"],
  featureLength: 4,
  values: Float32Array.from({ length: 24 }, (_, index) => index / 3),
};

describe("feature files", () => {
  it("give back what was written, notes included, and are the same bytes each time", () => {
    const bytes = writeFeatures(features, { weights: "sha256:1", graph: "1" });
    assert.deepEqual(readFeatures(bytes), { ...features, metadata: { weights: "sha256:1", graph: "1" } });
    assert.deepEqual(writeFeatures(features, { weights: "sha256:1", graph: "1" }), bytes);
  });

  it("take half the space in half precision, in a file that anybody reads", () => {
    const bytes = writeFeatures(features, { weights: "sha256:1" }, "float16");
    const [half, single] = [bytes, writeFeatures(features, { weights: "sha256:1" })];
    assert.ok(half.length <= single.length - 2 * features.values.length);
    assert.match(Buffer.from(bytes).toString("latin1"), /"features":\{"dtype":"F16","shape":\[3,2,4\]/);
    const { values, ...rest } = readFeatures(bytes);
    assert.deepEqual({ ...rest, values: features.values }, { ...features, metadata: { weights: "sha256:1" } });
    for (const [index, value] of features.values.entries())
      assert.ok(Math.abs(values[index]! - value) <= value * 2 ** -11, `${value} became ${values[index]}`);
  });

  it("hold no images at all without complaint", () => {
    const none: Features = { imageIds: [], variants: ["none"], featureLength: 512, values: new Float32Array(0) };
    assert.deepEqual(readFeatures(writeFeatures(none)), { ...none, metadata: {} });
  });

  it("are refused when ids, variants and numbers do not fit", () => {
    const tensor = { shape: [2, 1, 3], data: new Float32Array(6) };
    const file = (metadata: Record<string, string>) => writeSafetensors(new Map([["features", tensor]]), metadata);
    const wrong: Record<string, string>[] = [
      {},
      { image_ids: '["a"]', variants: '["none"]' },
      { image_ids: '["a","b"]', variants: '["up"]' },
      { image_ids: "{", variants: "" },
    ];
    const short = { ...features, values: features.values.subarray(1) };
    assert.throws(() => writeFeatures(short), { code: "FEATURES_INVALID" });
    for (const metadata of wrong) assert.throws(() => readFeatures(file(metadata)), { code: "FEATURES_INVALID" });
  });
});
