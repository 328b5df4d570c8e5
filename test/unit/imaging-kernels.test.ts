import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import sharp from "sharp";
import { type GreyImage, cropped, greyImage, packedPixels, wholeOf } from "../../packages/imaging/src/grey-image.ts";
import type { BrightPixels, GreyLevels, Kernels } from "../../packages/imaging/src/kernels/kernels.ts";
import { plainKernels } from "../../packages/imaging/src/kernels/plain-kernels.ts";
import { createWasmKernels } from "../../packages/imaging/src/kernels/wasm-kernels.ts";
import { encodePng } from "../../packages/imaging/src/png/encode-png.ts";
import { codeLengths } from "../../packages/imaging/src/png/huffman-code.ts";
import { brightRegions } from "../../packages/imaging/src/steps/bright-regions.ts";
import { clahe } from "../../packages/imaging/src/steps/clahe.ts";
import { areasOf, resizeArea } from "../../packages/imaging/src/steps/resize.ts";

const moduleUrl = new URL("../../packages/imaging/build/kernels.wasm", import.meta.url);

/** Values with runs of one value, as backgrounds have. */
const withRuns = (value: fc.Arbitrary<number>, count: number): fc.Arbitrary<number[]> =>
  fc
    .array(fc.tuple(value, fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 40 })
    .map((runs) => runs.flatMap(([level, length]) => Array.from({ length }, () => level)))
    .map((values) => Array.from({ length: count }, (_, index) => values[index % values.length]!));

/** Stored values of 16 bits and their number of columns. */
const frames = fc
  .tuple(fc.boolean(), fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 9 }))
  .chain(([isSigned, columns, rows]) =>
    fc.tuple(
      withRuns(isSigned ? fc.integer({ min: -32768, max: 32767 }) : fc.nat(65535), rows * columns).map((values) =>
        isSigned ? Int16Array.from(values) : Uint16Array.from(values),
      ),
      fc.constant(columns),
    ),
  );

/** A rectangle of an image of 8 or 16 bits. */
const imagesOf = (bits: fc.Arbitrary<number>): fc.Arbitrary<GreyImage> =>
  fc
    .tuple(bits, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 40 }))
    .chain(([depth, width, height]) =>
      fc.tuple(
        withRuns(fc.nat(2 ** depth - 1), width * height).map((values) =>
          greyImage(depth === 8 ? Uint8Array.from(values) : Uint16Array.from(values), width, height),
        ),
        fc.nat(width - 1),
        fc.nat(height - 1),
      ),
    )
    .map(([image, x, y]) => cropped(image, { x, y, width: image.width - x, height: image.height - y }));
const images = imagesOf(fc.constantFrom(8, 16));

/** Smallest to largest value as 0 to the highest level, or the other way round. */
function levelsOf(values: ArrayLike<number>, isInverted: boolean, bits: number): GreyLevels {
  const low = Math.min(...Array.from(values));
  const high = Math.max(...Array.from(values));
  const most = 2 ** bits - 1;
  const width = Math.max(1, high - low);
  const table = bits === 8 ? new Uint8Array(65536) : new Uint16Array(65536);
  for (let value = low; value <= high; value++) {
    const level = ((value - low) / width) * most;
    table[value & 0xffff] = Math.trunc(isInverted ? most - level : level);
  }
  const line = { factor: (isInverted ? -255 : 255) / width, offset: (isInverted ? 255 : 0) + 0.5 / width - 0.5 };
  return { table, low, high, ...(bits === 8 && { line }) };
}

const runsIn = (bright: BrightPixels, y: number): number[] => {
  const count = bright.runs(y);
  return [...bright.columns.subarray(0, count)];
};

const same = (actual: GreyImage, expected: GreyImage): void =>
  assert.deepEqual(packedPixels(actual), packedPixels(expected));

describe("the kernels in WebAssembly", function () {
  let wasm: Kernels;
  before(() => {
    assert.ok(existsSync(moduleUrl), "build them first: node packages/imaging/build.mjs");
    wasm = createWasmKernels(readFileSync(moduleUrl))!;
    assert.equal(wasm.name, "wasm");
  });
  // What each test makes goes where the last one's was.
  const forget = (): unknown => wasm.fileMemory(0);

  it("count the same values", () => {
    fc.assert(
      fc.property(frames, ([values, columns]) => {
        assert.deepEqual(wasm.frame(values, columns).counts().slice(), plainKernels.frame(values, columns).counts());
      }),
    );
  });

  it("find the same runs of every interval, those that wrap around too", () => {
    fc.assert(
      fc.property(frames, fc.nat(65535), fc.nat(65535), ([values, columns], low, span) => {
        const actual = wasm.frame(values, columns).within({ low, span });
        const expected = plainKernels.frame(values, columns).within({ low, span });
        for (let y = 0; y < values.length / columns; y++) assert.deepEqual(runsIn(actual, y), runsIn(expected, y));
        for (const { box, startX } of brightRegions(expected))
          assert.equal(actual.contourArea(startX, box.y), expected.contourArea(startX, box.y));
      }),
    );
  });

  it("find the same runs where most of the frame is background, in whatever order rows are asked for", () => {
    const backgrounds = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 200, max: 3000 }), fc.nat(40)), {
      minLength: 3,
    });
    fc.assert(
      fc.property(backgrounds, fc.integer({ min: 1, max: 700 }), fc.nat(3), (parts, columns, low) => {
        const values = parts.flatMap(([level, flat, busy]) => [
          ...Array.from({ length: flat }, () => level),
          ...Array.from({ length: busy }, (_, index) => (index * 7) % 5),
        ]);
        const rows = Math.floor(values.length / columns);
        fc.pre(rows > 0);
        const frame = Uint16Array.from(values.slice(0, rows * columns));
        const actual = wasm.frame(frame, columns).within({ low, span: 1 });
        const expected = plainKernels.frame(frame, columns).within({ low, span: 1 });
        for (const y of [...Array.from({ length: rows }).keys(), rows >> 1, 0, rows - 1])
          assert.deepEqual(runsIn(actual, y), runsIn(expected, y));
      }),
    );
  });

  it("cut the same levels out of the same rectangle, by line and by table, of 8 and of 16 bits", () => {
    const corner = fc.tuple(...Array.from({ length: 4 }, () => fc.nat(1000)));
    fc.assert(
      fc.property(
        frames,
        corner,
        fc.boolean(),
        fc.constantFrom(8, 16),
        fc.boolean(),
        ([values, columns], [left, top, right, bottom], isInverted, bits, hasLine) => {
          const rows = values.length / columns;
          const x = left! % columns;
          const y = top! % rows;
          const box = { x, y, width: 1 + (right! % (columns - x)), height: 1 + (bottom! % (rows - y)) };
          const { line, ...byTable } = levelsOf(values, isInverted, bits);
          const levels = hasLine && line !== undefined ? { ...byTable, line } : byTable;
          same(wasm.frame(values, columns).cut(box, levels), plainKernels.frame(values, columns).cut(box, levels));
        },
      ),
    );
  });

  it("use a frame where its file was read, and cut in its place", () => {
    const values = Uint16Array.from({ length: 4000 }, (_, index) => (index * 7919) & 0xffff);
    const file = wasm.fileMemory(8132);
    file.set(new Uint8Array(values.buffer), 132);
    const inPlace = new Uint16Array(file.buffer, file.byteOffset + 132, 4000);
    const box = { x: 3, y: 5, width: 90, height: 31 };
    const levels = levelsOf(values, false, 8);
    const image = wasm.frame(inPlace, 100).cut(box, levels);
    assert.equal(image.pixels.byteOffset, inPlace.byteOffset);
    same(image, plainKernels.frame(values, 100).cut(box, levels));
  });

  it("see the same overview of a frame, by line and by table, and leave the frame as it is", () => {
    fc.assert(
      fc.property(
        frames,
        fc.nat(1000),
        fc.nat(1000),
        fc.constantFrom(8, 16),
        fc.boolean(),
        ([values, columns], across, down, bits, hasLine) => {
          const size = { width: columns, height: values.length / columns };
          const areas = areasOf(size, 1 + (across % size.width), 1 + (down % size.height));
          const { line, ...byTable } = levelsOf(values, false, bits);
          const levels = hasLine && line !== undefined ? { ...byTable, line } : byTable;
          const frame = wasm.frame(values, columns);
          same(frame.overview(levels, areas), plainKernels.frame(values, columns).overview(levels, areas));
          same(frame.cut(wholeOf(size), levels), plainKernels.frame(values, columns).cut(wholeOf(size), levels));
        },
      ),
    );
  });

  it("average the same areas", () => {
    fc.assert(
      fc.property(images, fc.nat(1000), fc.nat(1000), (image, across, down) => {
        const width = 1 + (across % image.width);
        const height = 1 + (down % image.height);
        forget();
        same(resizeArea(image, width, height, wasm), resizeArea(image, width, height, plainKernels));
      }),
    );
  });

  it("enlarge the same", () => {
    fc.assert(
      fc.property(images, fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 90 }), (image, across, down) => {
        const width = image.width + across;
        forget();
        same(resizeArea(image, width, down, wasm), resizeArea(image, width, down, plainKernels));
      }),
    );
  });

  it("sum more rows than 16 bits could hold", () => {
    const image = greyImage(new Uint8Array(17 * 900).fill(255), 17, 900);
    forget();
    assert.deepEqual([...resizeArea(image, 2, 1, wasm).pixels], [255, 255]);
  });

  it("equalise the same", function () {
    this.timeout(60_000);
    const tiles = fc.integer({ min: 1, max: 8 });
    fc.assert(
      fc.property(images, tiles, tiles, fc.double({ min: 0, max: 5, noNaN: true }), (image, ...step) => {
        const [tilesX, tilesY, clipLimit] = step;
        forget();
        same(
          clahe(image, { tilesX, tilesY, clipLimit }, wasm),
          clahe(image, { tilesX, tilesY, clipLimit }, plainKernels),
        );
      }),
    );
  });

  it("write the same PNG, which others read as the image it was", async () => {
    await fc.assert(
      fc.asyncProperty(images, async (image) => {
        forget();
        const png = encodePng(image, wasm);
        assert.deepEqual(png, encodePng(image, plainKernels));
        const bits = image.pixels.BYTES_PER_ELEMENT * 8;
        const { data, info } = await sharp(png)
          .toColourspace(bits === 8 ? "b-w" : "grey16")
          .raw({ depth: bits === 8 ? "uchar" : "ushort" })
          .toBuffer({ resolveWithObject: true });
        assert.deepEqual([info.width, info.height, info.channels], [image.width, image.height, 1]);
        const packed = packedPixels(image);
        assert.deepEqual(data, Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
      }),
    );
  });

  it("write PNGs of several blocks, of noise, of codes deeper than deflate allows", async () => {
    const noise = Uint8Array.from({ length: 700 * 500 }, (_, index) => (Math.imul(index, 2654435761) >>> 13) & 0xff);
    // Differences that occur 1, 1, 2, 3, 5, ... times.
    const deep: number[] = [0];
    for (let level = 1, [a, b] = [1, 1]; level < 24; level++, [a, b] = [b, a + b])
      for (let n = 0; n < a; n++) deep.push((deep.at(-1)! + level * 5) & 0xff);
    const deepRow = Uint8Array.from(deep);
    for (const image of [greyImage(noise, 700, 500), greyImage(deepRow, deepRow.length, 1)]) {
      forget();
      const png = encodePng(image, wasm);
      assert.deepEqual(png, encodePng(image, plainKernels));
      const data = await sharp(png).toColourspace("b-w").raw().toBuffer();
      assert.ok(data.equals(image.pixels));
      assert.ok(png.length < image.pixels.length * 1.02 + 300);
    }
  });

  it("get complete codes of 15 bits at most, whatever the counts", () => {
    const fibonacci = [1, 1];
    while (fibonacci.length < 40) fibonacci.push(fibonacci.at(-1)! + fibonacci.at(-2)!);
    fc.assert(
      fc.property(
        fc.oneof(fc.array(fc.nat(2 ** 20), { minLength: 2, maxLength: 286 }), fc.constant(fibonacci)),
        (counts) => {
          fc.pre(counts.filter((count) => count > 0).length >= 2);
          const lengths = codeLengths(Uint32Array.from(counts));
          assert.ok(Math.max(...lengths) <= 15);
          assert.deepEqual([...lengths].map(Boolean), counts.map(Boolean));
          assert.equal(
            [...lengths].reduce((room, length) => room + (length > 0 ? 2 ** -length : 0), 0),
            1,
          );
        },
      ),
    );
  });

  it("have room for the largest frame, and take files that are larger than their memory", () => {
    assert.equal(wasm.fileMemory(500 * 2 ** 20).byteLength, 500 * 2 ** 20);
    assert.equal(wasm.fileMemory(96 * 2 ** 20).byteLength, 96 * 2 ** 20);
  });
});
