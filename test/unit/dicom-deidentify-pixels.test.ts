import assert from "node:assert/strict";
import { decodePixels, deidentifyDicom, type DicomSpec, type MaskFrame, readDicom, writeDicom } from "@mammoflow/dicom";
import { type DataElement, textAt, textOf } from "../../packages/dicom/src/deidentify/data-set.ts";
import { readDataSet } from "../../packages/dicom/src/deidentify/read-data-set.ts";
import { encapsulated, packBits, withTransferSyntax } from "../support/encapsulated-dicom.ts";
import { encodedFile, type PlainElement, syntaxes } from "../support/encoded-data-set.ts";

const rleLossless = "1.2.840.10008.1.2.5";
const nothingToMask: MaskFrame = ({ samples }) => ({ samples: samples.slice(), changedPixels: 0 });
/** The first pixel of every frame, to 9. */
const firstPixel: MaskFrame = ({ samples }) => {
  const masked = samples.slice();
  masked[0] = 9;
  return { samples: masked, changedPixels: samples[0] === 9 ? 0 : 1 };
};

const spec: DicomSpec = {
  rows: 2,
  columns: 3,
  samples: Uint16Array.of(1, 2, 3, 4000, 5, 6),
  bitsStored: 12,
  photometricInterpretation: "MONOCHROME2",
  sopInstanceUid: "1.2.3",
  burnedInAnnotation: "YES",
};
const deidentify = (file: Uint8Array, maskFrame: MaskFrame, decompress = false) =>
  deidentifyDicom(file, "in.dcm", { key: Buffer.alloc(32, 7), maskFrame, decompress });
const at = (bytes: Uint8Array, tag: number): DataElement | undefined =>
  readDataSet(bytes, "out").elements.find((element) => element.tag === tag);
const text = (bytes: Uint8Array, tag: number): string | undefined => {
  const element = at(bytes, tag);
  return element && "value" in element ? textOf(element.value) : undefined;
};
const syntaxOf = (bytes: Uint8Array): string | undefined => textAt(readDataSet(bytes, "out").meta, 0x00020010);
const samplesOf = async (bytes: Uint8Array, frame = 0): Promise<number[]> => [
  ...(await decodePixels(readDicom(bytes, "out"), { frame })).samples,
];
const us = (tag: number, value: number): PlainElement => ({
  tag,
  vr: "US",
  value: Uint8Array.of(value & 0xff, value >> 8),
});

/** Two by two pixels of 12 in 16 bits. */
const small = (cells: number[], more: PlainElement[] = [], isSigned = false): PlainElement[] => [
  us(0x00280002, 1),
  { tag: 0x00280004, vr: "CS", value: "MONOCHROME2" },
  us(0x00280010, 2),
  us(0x00280011, 2),
  us(0x00280100, 16),
  us(0x00280101, 12),
  us(0x00280102, 11),
  us(0x00280103, isSigned ? 1 : 0),
  ...more,
  { tag: 0x7fe00010, vr: "OW", value: new Uint8Array(Uint16Array.from(cells).buffer) },
];

/** A file with its pixel data as two RLE segments, of upper and of lower bytes (PS3.5 annex G). */
const rleOf = (file: Uint8Array, cells: ArrayLike<number>): Buffer => {
  const high = packBits(Uint8Array.from(cells, (value) => value >> 8));
  const low = packBits(Uint8Array.from(cells, (value) => value & 0xff));
  const header = Buffer.alloc(64);
  header.writeUInt32LE(2, 0);
  header.writeUInt32LE(64, 4);
  header.writeUInt32LE(64 + high.length, 8);
  return withTransferSyntax(file, rleLossless, encapsulated([Buffer.concat([header, high, low])]));
};
const rle = (): Buffer => rleOf(writeDicom(spec), spec.samples);

describe("pixels of a de-identified file", () => {
  it("have what is burnt in masked, which the file then says", async () => {
    const out = await deidentify(writeDicom(spec), firstPixel);
    assert.deepEqual([out.pixels, out.changedPixels], ["masked", 1]);
    assert.deepEqual(await samplesOf(out.bytes), [9, 2, 3, 4000, 5, 6]);
    assert.equal(text(out.bytes, 0x00280301), "NO");
    const codes = at(out.bytes, 0x00120064);
    assert.ok(codes && "items" in codes);
    assert.equal(codes.items.length, 3);
    assert.ok(out.bytes.includes("113101") && out.bytes.includes("Clean Pixel Data Option"));
  });

  it("stay what they are, and the file's word about them too, where nothing can be told apart", async () => {
    const out = await deidentify(writeDicom(spec), () => undefined);
    assert.deepEqual([out.pixels, out.changedPixels], ["not masked", 0]);
    assert.deepEqual(await samplesOf(out.bytes), [...spec.samples]);
    assert.equal(text(out.bytes, 0x00280301), "YES");
    assert.ok(!out.bytes.includes("113101"));
  });

  it("are masked in every frame", async () => {
    const out = await deidentify(writeDicom({ ...spec, rows: 1, frames: 2 }), firstPixel);
    assert.equal(out.changedPixels, 2);
    assert.deepEqual(
      [await samplesOf(out.bytes, 0), await samplesOf(out.bytes, 1)],
      [
        [9, 2, 3],
        [9, 5, 6],
      ],
    );
  });

  it("pass in their own transfer syntax, byte for byte, where none changes", async () => {
    const file = rle();
    const out = await deidentify(file, nothingToMask);
    const [before, after] = [at(file, 0x7fe00010), at(out.bytes, 0x7fe00010)];
    assert.ok(before && after && "fragments" in before && "fragments" in after);
    assert.deepEqual(after.fragments, before.fragments);
    assert.equal(syntaxOf(out.bytes), rleLossless);
    assert.deepEqual(await samplesOf(out.bytes), [...spec.samples]);
  });

  it("are written without compression where one changes, or where that is asked for", async () => {
    for (const [out, first] of [
      [await deidentify(rle(), firstPixel), 9],
      [await deidentify(rle(), nothingToMask, true), 1],
    ] as const) {
      assert.equal(syntaxOf(out.bytes), syntaxes["explicit little endian"]);
      assert.deepEqual(await samplesOf(out.bytes), [first, 2, 3, 4000, 5, 6]);
    }
  });

  for (const [name, syntax] of Object.entries(syntaxes))
    it(`are the same after ${name}`, async () => {
      const out = await deidentify(encodedFile(small([1, 2, 3, 4095]), { syntax }), nothingToMask);
      assert.deepEqual(await samplesOf(out.bytes), [1, 2, 3, 4095]);
      assert.equal(syntaxOf(out.bytes), syntaxes["explicit little endian"]);
    });

  it("hold nothing beside their values: overlays in unused bits and bytes behind the last frame go", async () => {
    const overlay = [us(0x60000010, 2), us(0x60000011, 2), us(0x60000100, 16), us(0x60000102, 12)];
    const cells = [0x1001, 0x2002, 0xf003, 4];
    for (const file of [
      encodedFile(small(cells, overlay)),
      rleOf(encodedFile(small(cells, overlay)), cells),
      encodedFile(small([1, 2, 3, 4, 0x4142, 0x4344])),
    ]) {
      const out = await deidentify(file, nothingToMask);
      const pixels = at(out.bytes, 0x7fe00010);
      assert.ok(pixels && "value" in pixels);
      assert.deepEqual([...pixels.value], [1, 0, 2, 0, 3, 0, 4, 0]);
    }
  });

  it("keep negative values", async () => {
    const out = await deidentify(encodedFile(small([0xfff, 0x800, 0x7ff, 0], [], true)), firstPixel);
    assert.deepEqual(await samplesOf(out.bytes), [9, -2048, 2047, 0]);
  });

  it("lose the smallest and largest value that the header names only when one changes", async () => {
    const file = encodedFile(small([1, 2, 3, 4], [us(0x00280106, 1), us(0x00280107, 4)]));
    assert.ok(at((await deidentify(file, nothingToMask)).bytes, 0x00280107));
    assert.equal(at((await deidentify(file, firstPixel)).bytes, 0x00280107), undefined);
  });

  it("are absent where there were none: a report has no image", async () => {
    const out = await deidentify(encodedFile([{ tag: 0x00080060, vr: "CS", value: "SR" }]), firstPixel);
    assert.deepEqual([out.pixels, out.changedPixels], ["none", 0]);
  });
});
