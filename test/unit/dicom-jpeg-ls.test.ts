import assert from "node:assert/strict";
import fc from "fast-check";
import { readJpegLsScan } from "../../packages/dicom/src/codecs/jpeg/jpeg-ls-scan.ts";
import { decodeJpegLs } from "../../packages/dicom/src/codecs/kernels/decode-jpeg-ls.ts";
import { loadKernels } from "../../packages/dicom/src/codecs/kernels/load-kernels.ts";
import { loadCharLs } from "../support/charls.ts";

/** Levels, noise and slopes, as pictures have them: runs are found, ended and missed. */
const pictures = fc
  .record({
    bits: fc.integer({ min: 2, max: 16 }),
    rows: fc.integer({ min: 1, max: 24 }),
    columns: fc.integer({ min: 1, max: 48 }),
    near: fc.constantFrom(0, 0, 0, 1, 2, 5, 100),
    pieces: fc.array(
      fc.record({
        length: fc.integer({ min: 1, max: 90 }),
        level: fc.nat(),
        slope: fc.nat(9),
        noise: fc.constantFrom(0, 0, 1, 3, 40, 65535),
      }),
      { minLength: 1, maxLength: 30 },
    ),
    seed: fc.nat(),
  })
  .map(({ bits, rows, columns, near, pieces, seed }) => {
    const largest = 2 ** bits - 1;
    let state = seed;
    const random = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
    const line = pieces.flatMap(({ length, level, slope, noise }) =>
      Array.from(
        { length },
        (_, x) => (level % (largest + 1)) + (slope - 4) * x + Math.round((random() - 0.5) * noise),
      ),
    );
    const samples = Uint16Array.from({ length: rows * columns }, (_, at) =>
      Math.max(0, Math.min(largest, line[at % line.length]!)),
    );
    return { bits, rows, columns, samples, near: Math.min(near, Math.floor(largest / 2)) };
  });

describe("JPEG-LS in WebAssembly", function () {
  const kernels = loadKernels()!;
  let charLs: Awaited<ReturnType<typeof loadCharLs>>;
  before(async () => {
    charLs = await loadCharLs();
  });

  it("decodes what CharLS encodes as CharLS does, lossless or near, of any precision and size", () => {
    fc.assert(
      fc.property(pictures, ({ bits, rows, columns, samples, near }) => {
        const bytes = bits > 8 ? new Uint8Array(samples.buffer) : Uint8Array.from(samples);
        const frame = { width: columns, height: rows, bitsPerSample: bits, componentCount: 1 } as const;
        const stream = charLs.encode(bytes, frame, near);
        const shown = charLs.decode(stream);
        const expected = bits > 8 ? new Uint16Array(shown.buffer) : shown;
        const actual = decodeJpegLs(readJpegLsScan(stream)!, kernels, "a.dicom");
        assert.deepEqual(Array.from(actual), Array.from(expected));
        if (near === 0) assert.deepEqual(Array.from(actual), Array.from(samples));
      }),
      { numRuns: 400 },
    );
  });

  it("begins anew behind restart markers, as CharLS does", () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: 2, max: 4 }), ({ bits, rows, columns, samples }, parts) => {
        const frame = { width: columns, height: rows, bitsPerSample: bits, componentCount: 1 } as const;
        const bytes = bits > 8 ? new Uint8Array(samples.buffer) : Uint8Array.from(samples);
        const one = Buffer.from(charLs.encode(bytes, frame, 0));
        const scan = one.indexOf("ffda", "hex");
        const entropyCoded = scan + 2 + one.readUInt16BE(scan + 2);
        const header = Buffer.from(one.subarray(0, entropyCoded));
        const height = header.indexOf("fff7", "hex") + 5;
        header.writeUInt16BE(rows * parts, height);
        const restartInterval = Buffer.from([0xff, 0xdd, 0, 4, rows >> 8, rows & 255]);
        const segment = one.subarray(entropyCoded, -2);
        const stream = Buffer.concat([
          header.subarray(0, scan),
          restartInterval,
          header.subarray(scan),
          segment,
          ...Array.from({ length: parts - 1 }, (_, index) => [Buffer.from([0xff, 0xd0 + index]), segment]).flat(),
          Buffer.from([0xff, 0xd9]),
        ]);
        const actual = decodeJpegLs(readJpegLsScan(stream)!, kernels, "a.dicom");
        const shown = charLs.decode(stream);
        assert.deepEqual(Array.from(actual), Array.from(bits > 8 ? new Uint16Array(shown.buffer) : shown));
        assert.deepEqual(Array.from(actual.subarray(-samples.length)), Array.from(samples));
      }),
      { numRuns: 100 },
    );
  });
});
