import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePixels, readDicom } from "@mammoflow/dicom";
import { readCodestream } from "../../packages/dicom/src/codecs/jpeg-2000/codestream.ts";
import { readPackets } from "../../packages/dicom/src/codecs/jpeg-2000/packets.ts";
import { layOutTile } from "../../packages/dicom/src/codecs/jpeg-2000/subbands.ts";
import { decodeJpeg2000 } from "../../packages/dicom/src/codecs/kernels/decode-jpeg-2000.ts";
import { loadKernels } from "../../packages/dicom/src/codecs/kernels/load-kernels.ts";
import { readGolden, unpackBytes } from "../support/goldens.ts";
import { loadOpenJpeg } from "../support/openjpeg.ts";

/** As the encoder wants it: no picture is halved to nothing. */
const codings = fc
  .record({
    rows: fc.integer({ min: 1, max: 90 }),
    columns: fc.integer({ min: 1, max: 150 }),
    bits: fc.integer({ min: 9, max: 16 }),
    isSigned: fc.boolean(),
    isLossless: fc.boolean(),
    levels: fc.integer({ min: 0, max: 6 }),
    progression: fc.integer({ min: 0, max: 4 }),
    offset: fc.constantFrom({ x: 0, y: 0 }, { x: 1, y: 0 }, { x: 0, y: 1 }, { x: 7, y: 13 }),
  })
  .map((coding) => ({
    ...coding,
    levels: Math.min(coding.levels, Math.floor(Math.log2(Math.min(coding.rows, coding.columns)))),
  }));

/** From a smooth surface to noise and to rectangles. */
const textures = fc.record({
  waves: fc.nat(9),
  noise: fc.constantFrom(0, 0, 2, 60, 70000),
  step: fc.nat(3),
  seed: fc.nat(),
});

describe("JPEG 2000 in WebAssembly", function () {
  const kernels = loadKernels()!;
  let openJpeg: Awaited<ReturnType<typeof loadOpenJpeg>>;
  before(async () => {
    openJpeg = await loadOpenJpeg();
  });

  it("finds the values that OpenJPEG finds, reversible or not, of any precision, size and place on the grid", () => {
    fc.assert(
      fc.property(codings, textures, (coding, { waves, noise, step, seed }) => {
        const { rows, columns, bits, isSigned, offset } = coding;
        const low = isSigned ? -(2 ** (bits - 1)) : 0;
        const high = low + 2 ** bits - 1;
        let state = seed;
        const random = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
        // The encoder takes rows and columns from the edges that the offset moves.
        const samples = Int32Array.from({ length: (rows + offset.y) * (columns + offset.x) }, (_, at) => {
          const x = at % (columns + offset.x);
          const y = Math.floor(at / (columns + offset.x));
          const wave = Math.sin((x * waves) / 9) * Math.cos(y / (1 + waves)) * 0.5 + 0.5;
          const block = step > 0 && ((x >> 4) + (y >> 3)) % step === 0 ? high - low : 0;
          return Math.max(
            low,
            Math.min(high, Math.round(low + wave * (high - low) + block + (random() - 0.5) * noise)),
          );
        });
        const bytes = new Uint8Array(Uint16Array.from(samples).buffer);
        const stream = openJpeg.encode(bytes, coding);
        const codestream = readCodestream(stream);
        assert.ok(codestream);
        const expected = new Uint16Array(openJpeg.decode(stream).buffer);
        const actual = decodeJpeg2000(stream, codestream, kernels);
        assert.equal(actual.length, rows * columns);
        assert.deepEqual(Array.from(actual), Array.from(expected));
      }),
      { numRuns: 300 },
    );
  });

  /** 4 x 9 samples in one packet: a header and the bits of one code-block. */
  const onePacket = (): { stream: Buffer; samples: Uint16Array; packet: number; bits: number } => {
    const samples = Uint16Array.from({ length: 36 }, (_, index) => (index * 1103) % 4096);
    const coding = { rows: 4, columns: 9, bits: 12, isSigned: false, isLossless: true, levels: 0, progression: 0 };
    const stream = Buffer.from(openJpeg.encode(new Uint8Array(samples.buffer), { ...coding, offset: { x: 0, y: 0 } }));
    const packet = stream.indexOf("ff93", "hex") + 2;
    const tile = readCodestream(stream)!.tiles[0]!;
    const resolutions = layOutTile(tile, 12, { pieces: 100 });
    readPackets(stream, tile, resolutions);
    return { stream, samples, packet, bits: resolutions[0]!.precincts[0]!.groups[0]!.blocks[0]!.chunks[0]!.start };
  };

  it("steps over the markers that may stand around packet headers", () => {
    const { stream, samples, packet, bits } = onePacket();
    const marked = Buffer.concat([
      stream.subarray(0, packet),
      Buffer.from("ff9100040000", "hex"),
      stream.subarray(packet, bits),
      Buffer.from("ff92", "hex"),
      stream.subarray(bits),
    ]);
    const codingStyle = marked.indexOf("ff52", "hex") + 4;
    marked[codingStyle] = marked[codingStyle]! | 6;
    const partLength = marked.indexOf("ff90", "hex") + 6;
    marked.writeUInt32BE(marked.readUInt32BE(partLength) + 8, partLength);
    assert.deepEqual([...new Uint16Array(openJpeg.decode(marked).buffer)], [...samples]);
    assert.deepEqual([...decodeJpeg2000(marked, readCodestream(marked)!, kernels)], [...samples]);
  });

  it("gives to OpenJPEG what it does not decode, such as a quantisation by component", async () => {
    const golden = readGolden<{ name: string; file: string }[]>("dicom.json").find(
      ({ name }) => name === "JPEG 2000, 12 bit, unsigned",
    )!;
    const image = readDicom(unpackBytes({ shape: [], deflate: golden.file }), "a.dicom");
    const expected = Array.from((await decodePixels(image)).samples);
    const stream = Buffer.from(image.encoded);
    const quantization = stream.indexOf("ff5c", "hex");
    const length = stream.readUInt16BE(quantization + 2);
    const byComponent = Buffer.concat([
      stream.subarray(0, quantization + 2 + length),
      Buffer.from([0xff, 0x5d, 0, length + 1, 0]),
      stream.subarray(quantization + 4, quantization + 2 + length),
      stream.subarray(quantization + 2 + length),
    ]);
    assert.equal(readCodestream(byComponent), undefined);
    const { samples } = await decodePixels({ ...image, encoded: byComponent });
    assert.deepEqual(Array.from(samples), expected);
  });

  it("refuses packets, tiles and passes that are not there", () => {
    const { stream, packet } = onePacket();
    const cut = Buffer.concat([stream.subarray(0, packet + 3), stream.subarray(-2)]);
    const decode = (bytes: Buffer) => decodeJpeg2000(bytes, readCodestream(bytes)!, kernels);
    assert.throws(() => decode(cut), /not whole/);
    const without = Buffer.concat([stream.subarray(0, stream.indexOf("ff90", "hex")), stream.subarray(-2)]);
    assert.equal(readCodestream(without), undefined); // OpenJPEG says what is wrong
    const guardBits = stream.indexOf("ff5c", "hex") + 4;
    const fewPlanes = Buffer.from(stream);
    fewPlanes[guardBits] = 0;
    fewPlanes[guardBits + 1] = 1 << 3;
    assert.throws(() => decode(fewPlanes), /too many passes/);
    const manyBlocks = Buffer.from(stream);
    const size = stream.indexOf("ff51", "hex");
    for (const at of [6, 10, 22, 26]) manyBlocks.writeUInt32BE(2048, size + at); // of the picture and of its only tile
    manyBlocks.writeUInt16BE(0, stream.indexOf("ff52", "hex") + 10); // code-blocks of 4 x 4
    assert.throws(() => decode(manyBlocks), /more code-blocks/);
  });
});
