import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readSafetensors } from "@mammoflow/models";
import { encodeBfloat16 } from "../../packages/models/src/formats/encode-floats.ts";
import { decodeFloat16, encodeFloat16 } from "../../packages/models/src/formats/float16.ts";

const golden = readSafetensors(readFileSync(new URL("../goldens/half-floats.safetensors", import.meta.url))).tensors;
const { data: values } = golden.get("values")!;
const bitsOf = (name: string): number[] => [...golden.get(name)!.data];

describe("numbers of half the length", () => {
  it("are PyTorch's and NumPy's float16, but that what is too large stays finite", () => {
    const finite = bitsOf("float16").map((bits) => ((bits & 0x7fff) === 0x7c00 ? bits - 1 : bits));
    assert.deepEqual([...encodeFloat16(values)], finite);
  });

  it("are PyTorch's bfloat16", () => {
    assert.deepEqual([...encodeBfloat16(values)], bitsOf("bfloat16"));
    const [notANumber] = encodeBfloat16(Float32Array.of(Number.NaN));
    assert.ok((notANumber! & 0x7f80) === 0x7f80 && (notANumber! & 0x7f) !== 0);
  });

  it("come back exactly from every float16", () => {
    const all = Uint16Array.from({ length: 0x7c00 }, (_, bits) => bits);
    const decoded = new Float32Array(all.length);
    decodeFloat16(all, decoded);
    assert.deepEqual(encodeFloat16(decoded), all);
    assert.deepEqual(
      encodeFloat16(decoded.map((value) => -value)),
      all.map((bits) => bits | 0x8000),
    );
  });
});
