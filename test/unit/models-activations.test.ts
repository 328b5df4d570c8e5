import assert from "node:assert/strict";
import { decodeFloat16, encodeFloat16, readActivations, readSafetensors, writeActivations } from "@mammoflow/models";
import fc from "fast-check";

const decoded = (halves: Uint16Array): Float32Array => {
  const values = new Float32Array(halves.length);
  decodeFloat16(halves, values);
  return values;
};

describe("half-precision numbers", () => {
  it("come back from every one of their bits", () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits).filter(
      (bits) => (bits & 0x7c00) !== 0x7c00, // infinities and what is no number
    );
    assert.deepEqual(encodeFloat16(decoded(all)), all);
  });

  it("are the nearest ones, and of two equally near the even one", () => {
    const cases: [number, number][] = [
      [1, 0x3c00],
      [1 + 2 ** -11, 0x3c00], // half way to the next: even
      [1 + 3 * 2 ** -11, 0x3c02],
      [65_504, 0x7bff],
      [2 ** -24, 1],
      [2 ** -25, 0],
      [-2, 0xc000],
    ];
    assert.deepEqual(
      [...encodeFloat16(Float32Array.from(cases, ([value]) => value))],
      cases.map(([, bits]) => bits),
    );
    fc.assert(
      fc.property(fc.float({ min: -60_000, max: 60_000, noNaN: true }), (value) => {
        const [half = 0] = decoded(encodeFloat16(Float32Array.of(value)));
        assert.ok(Math.abs(half - value) <= Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
      }),
    );
  });

  it("stay finite where a number is too large", () => {
    assert.deepEqual([...decoded(encodeFloat16(Float32Array.of(1e6, -1e6, 65_519)))], [65_504, -65_504, 65_504]);
  });
});

describe("activations", () => {
  const activations = {
    imageIds: ["a", "b"],
    variants: ["none" as const, "h" as const],
    shape: [2, 1, 3],
    halves: encodeFloat16(Float32Array.from({ length: 2 * 2 * 6 }, (_, index) => index / 4)),
  };

  it("are a safetensors file that anybody reads, and come back as they were", () => {
    const file = writeActivations(activations, { backbone: "resnet18" });
    assert.deepEqual(readActivations(file, "the file"), activations);
    const { tensors, metadata } = readSafetensors(file);
    assert.deepEqual(tensors.get("activations")?.shape, [2, 2, 2, 1, 3]);
    assert.equal(tensors.get("activations")?.data[5], 1.25);
    assert.equal(metadata["backbone"], "resnet18");
  });

  it("are refused where the file is another", () => {
    assert.throws(() => readActivations(new Uint8Array(20), "x.safetensors"), /x\.safetensors/);
  });
});
