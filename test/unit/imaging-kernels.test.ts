import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import type { Pixels } from "@mammoflow/dicom";
import { cropped, greyImage, packedPixels } from "../../packages/imaging/src/grey-image.ts";
import type { FrameKernels, GreyLevels } from "../../packages/imaging/src/kernels/frame-kernels.ts";
import { plainKernels } from "../../packages/imaging/src/kernels/plain-kernels.ts";
import { createWasmKernels } from "../../packages/imaging/src/kernels/wasm-kernels.ts";

const moduleUrl = new URL("../../packages/imaging/build/kernels.wasm", import.meta.url);

const value = { unsigned: fc.integer({ min: 0, max: 65535 }), signed: fc.integer({ min: -32768, max: 32767 }) };

/** A frame with runs of one value, as backgrounds have, in 16 bits; and its number of columns. */
const frames = fc
  .tuple(
    fc.constantFrom("unsigned" as const, "signed" as const),
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 1, max: 9 }),
  )
  .chain(([kind, columns, rows]) =>
    fc.tuple(
      fc.constant(kind),
      fc.constant(columns),
      fc.array(fc.tuple(value[kind], fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 40 }).map((runs) => {
        const values = runs.flatMap(([level, length]) => Array.from({ length }, () => level));
        const samples = Array.from({ length: rows * columns }, (_, index) => values[index % values.length]!);
        return kind === "signed" ? Int16Array.from(samples) : Uint16Array.from(samples);
      }),
    ),
  );

/** Smallest to largest value as 0 to 255, or 255 to 0, as a table and as a line. */
function levelsOf(samples: Pixels["samples"], isInverted: boolean, hasLine: boolean): GreyLevels {
  const { low, high } = plainKernels.extent(samples);
  const width = Math.max(1, high - low);
  const levelOf = (stored: number): number => {
    const level = ((stored - low) / width) * 255;
    return Math.trunc(isInverted ? 255 - level : level);
  };
  const table = new Uint8Array(65536);
  for (let stored = low; stored <= high; stored++) table[stored & 0xffff] = levelOf(stored);
  const factor = (isInverted ? -255 : 255) / width;
  const line = { factor, offset: (isInverted ? 255 : 0) + 0.5 / width };
  return { levelOf, low, high, table, ...(hasLine && { line }) };
}

describe("the kernels in WebAssembly", function () {
  let wasm: FrameKernels;
  before(() => {
    assert.ok(existsSync(moduleUrl), "build them first: node packages/imaging/build.mjs");
    wasm = createWasmKernels(readFileSync(moduleUrl))!;
    assert.equal(wasm.name, "wasm");
  });

  it("find the same range, levels and histogram as the plain ones", () => {
    fc.assert(
      fc.property(frames, fc.boolean(), fc.boolean(), ([, columns, samples], isInverted, hasLine) => {
        assert.deepEqual(wasm.extent(samples), plainKernels.extent(samples));
        const levels = levelsOf(samples, isInverted, hasLine);
        const expected = plainKernels.scale(samples, levels, columns);
        const actual = wasm.scale(samples, levels, columns);
        assert.deepEqual(packedPixels(actual.image), packedPixels(expected.image));
        assert.deepEqual([...actual.histogram], [...expected.histogram]);
      }),
    );
  });

  it("find the same runs and the same sums in every rectangle of a frame", () => {
    fc.assert(
      fc.property(
        frames,
        fc.nat(254),
        fc.tuple(...Array.from({ length: 6 }, () => fc.nat(1000))),
        (frame, threshold, numbers) => {
          const [, columns, samples] = frame;
          const [left, top, right, bottom, from, weight] = numbers as [number, number, number, number, number, number];
          const { image } = wasm.scale(samples, levelsOf(samples, false, true), columns);
          const x = left % columns;
          const y = top % image.height;
          const box = { x, y, width: 1 + (right % (columns - x)), height: 1 + (bottom % (image.height - y)) };
          const part = cropped(image, box);
          const copy = greyImage(packedPixels(part), box.width, box.height);
          for (let row = 0; row < box.height; row++)
            assert.deepEqual(
              [...wasm.runsAbove(part, row, threshold)],
              [...plainKernels.runsAbove(copy, row, threshold)],
            );
          const rows = { first: from % box.height, end: box.height, firstWeight: weight / 1000, lastWeight: 0.3 };
          assert.deepEqual([...wasm.sumRows(part, rows)], [...plainKernels.sumRows(copy, rows)]);
        },
      ),
    );
  });

  it("sum more rows than 16 bits could hold", () => {
    const samples = new Uint16Array(17 * 900).fill(500);
    samples[0] = 0;
    const { image } = wasm.scale(samples, levelsOf(samples, false, true), 17);
    const sums = wasm.sumRows(image, { first: 0, end: 900, firstWeight: 1, lastWeight: 0.5 });
    assert.deepEqual(Array.from(sums.subarray(0, 2)), [898 * 255 + 127.5, 899 * 255 + 127.5]);
  });

  it("hand what they cannot do to the plain ones", () => {
    const samples = Int32Array.of(-70000, 5, 70000, 7);
    assert.deepEqual(wasm.extent(samples), { low: -70000, high: 70000 });
    const levels = { levelOf: (stored: number) => (stored > 0 ? 255 : 0), low: -70000, high: 70000 };
    assert.deepEqual([...packedPixels(wasm.scale(samples, levels, 2).image)], [0, 255, 255, 255]);
  });
});
