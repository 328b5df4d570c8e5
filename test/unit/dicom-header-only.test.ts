import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { decodePixels, DicomError, readDicom, readHeader, writeDicom, type DicomHeader } from "@mammoflow/dicom";
import { readGolden, unpackBytes } from "../support/goldens.ts";
import { encapsulated, packBits, withTransferSyntax } from "../support/encapsulated-dicom.ts";

const goldens = readGolden<{ name: string; file: string }[]>("dicom.json").map(({ name, file }) => ({
  name,
  bytes: unpackBytes({ shape: [], deflate: file }),
}));

const [rows, columns] = [90, 100];
const samples = Uint8Array.from({ length: rows * columns }, (_, index) => Math.imul(index + 1, 0x9e3779b1) >>> 24);
const large = writeDicom({
  rows,
  columns,
  samples,
  bitsStored: 8,
  photometricInterpretation: "MONOCHROME1",
  windows: [{ center: 100, width: 50 }],
  manufacturer: "SIEMENS",
  laterality: "R",
  patientId: "P-1",
  burnedInAnnotation: "YES",
});
const packed = packBits(samples);
const segments = Buffer.alloc(64);
segments.writeUInt32LE(1, 0);
segments.writeUInt32LE(64, 4);
const files = [
  ...goldens,
  { name: "large native", bytes: large },
  {
    name: "large RLE",
    bytes: withTransferSyntax(large, "1.2.840.10008.1.2.5", encapsulated([Buffer.concat([segments, packed])])),
  },
];

/** A file of `writeDicom` in Deflated Explicit VR Little Endian, PS3.5 A.5; its file meta information becomes 2 bytes longer. */
function deflated(file: Uint8Array): Buffer {
  const native = Buffer.from(file);
  const behindMeta = 144 + native.readUInt32LE(140);
  const syntax = native.indexOf("02001000", "hex");
  const name = Buffer.from("1.2.840.10008.1.2.1.99");
  const meta = Buffer.concat([
    native.subarray(0, syntax + 8),
    name,
    native.subarray(syntax + 8 + native.readUInt16LE(syntax + 6), behindMeta),
  ]);
  meta.writeUInt16LE(name.length, syntax + 6);
  meta.writeUInt32LE(meta.length - 144, 140);
  return Buffer.concat([meta, deflateRawSync(native.subarray(behindMeta))]);
}

/** What is to be the same; a warning about the transfer syntax may come earlier or later. */
const comparable = ({ image }: Pick<DicomHeader, "image">) => ({ ...image, warnings: image.warnings.toSorted() });

function wholeFacts(bytes: Uint8Array): unknown {
  const { pixelData: _, encoded: __, ...image } = readDicom(bytes, "a.dicom");
  return comparable({ image });
}

describe("reading a header without its pixels", () => {
  it("says the same as reading the file, in every encoding", () => {
    for (const { name, bytes } of files) {
      const header = readHeader(bytes, "a.dicom", bytes.length);
      assert.ok(header, name);
      assert.deepEqual(comparable(header), wholeFacts(bytes), name);
    }
  });

  it("needs the header and little more: asks for more until it has that, and never says anything else", () => {
    const enough: Record<string, number> = {};
    for (const { name, bytes } of files) {
      const expected = wholeFacts(bytes);
      for (let count = 1000; count < bytes.length; count += 61) {
        const header = readHeader(bytes.subarray(0, count), "a.dicom", bytes.length);
        if (header === undefined) continue;
        assert.deepEqual(comparable(header), expected, `${name}, ${count} bytes`);
        enough[name] ??= count;
      }
    }
    for (const name of ["large native", "large RLE"]) assert.ok(enough[name]! < 6000, `${name}: ${enough[name]}`);
  });

  it("tells the Patient ID apart from the facts of the image", () => {
    const header = readHeader(large, "a.dicom", large.length);
    assert.equal(header?.patientId, "P-1");
    assert.doesNotMatch(JSON.stringify(header.image), /P-1/);
  });

  it("knows from the size alone that a file is cut short", () => {
    for (const { name, bytes } of files.filter((file) => file.name.startsWith("large")))
      assert.throws(
        () => readHeader(bytes.subarray(0, 7000), "a.dicom", bytes.length - 500),
        (error: unknown) => error instanceof DicomError && error.code === "DICOM_TRUNCATED",
        name,
      );
  });

  it("reads the header of a deflated file from a part of it", () => {
    const named = deflated(large);
    const header = readHeader(named.subarray(0, named.length - 300), "a.dicom", named.length);
    assert.deepEqual(header && comparable(header), wholeFacts(named));
  });

  it("accuses no file that can be decoded, wherever it is cut and whatever byte is bad, and throws nothing but DicomErrors", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.option(fc.nat(), { nil: undefined }),
        fc.option(fc.tuple(fc.nat(), fc.nat(255)), { nil: undefined }),
        async ({ bytes }, cutAt, bad) => {
          const own = Buffer.from(cutAt === undefined ? bytes : bytes.subarray(0, cutAt % bytes.length));
          if (bad && own.length > 0) own[bad[0] % own.length] = bad[1];
          let refused: unknown;
          try {
            readHeader(own, "a.dicom", own.length);
          } catch (error) {
            refused = error;
          }
          if (refused === undefined) return;
          assert.ok(refused instanceof DicomError);
          await assert.rejects(async () => decodePixels(readDicom(own, "a.dicom")), DicomError);
        },
      ),
      { numRuns: 2000, seed: 11 },
    );
  });
});
