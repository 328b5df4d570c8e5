import assert from "node:assert/strict";
import fc from "fast-check";
import { DicomError, decodePixels, readDicom, writeDicom, type DicomSpec } from "@mammoflow/dicom";
import { readGolden, unpackBytes } from "../support/goldens.ts";
import { encapsulated, packBits, withTransferSyntax } from "../support/encapsulated-dicom.ts";

const spec: DicomSpec = {
  rows: 4,
  columns: 6,
  samples: Uint16Array.from({ length: 24 }, (_, index) => index * 100),
  bitsStored: 12,
  photometricInterpretation: "MONOCHROME2",
};

const goldens = readGolden<{ name: string; file: string }[]>("dicom.json");
const goldenFile = (name: string): Uint8Array =>
  unpackBytes({ shape: [], deflate: goldens.find((golden) => golden.name === name)!.file });

const failsWith =
  (code: string, ...words: string[]) =>
  (error: unknown) => {
    assert.ok(error instanceof DicomError, String(error));
    assert.equal(error.code, code, error.message);
    assert.equal(error.retryable, false);
    for (const word of ["a.dicom", ...words]) assert.ok(error.message.includes(word), error.message);
    return true;
  };

/** Cuts at the end, and corrects nothing: what an aborted download leaves. */
const cut = (bytes: Uint8Array, missing: number): Uint8Array => bytes.subarray(0, bytes.length - missing);

describe("reading DICOM files", () => {
  it("reads files that were de-identified by hand: no SOP class, no patient, MediaStorageSOPClassUID 1.2.3.4", async () => {
    const image = readDicom(writeDicom(spec), "a.dicom");
    assert.equal(image.rows, 4);
    assert.equal(image.columns, 6);
    assert.deepEqual([...(await decodePixels(image)).samples], [...spec.samples]);
  });

  it("tells what the header says about the picture", () => {
    const image = readDicom(
      writeDicom({
        ...spec,
        photometricInterpretation: "MONOCHROME1",
        windows: [
          { center: 540, width: 580 },
          { center: 500, width: 900 },
        ],
        voiLutFunction: "SIGMOID",
        rescale: { slope: 2, intercept: -5 },
        pixelPadding: 7,
        manufacturer: "SIEMENS",
        modality: "MG",
        laterality: "R",
        viewPosition: "MLO",
      }),
      "a.dicom",
    );
    assert.equal(image.photometricInterpretation, "MONOCHROME1");
    assert.deepEqual(image.windows, [
      { center: 540, width: 580, function: "SIGMOID" },
      { center: 500, width: 900, function: "SIGMOID" },
    ]);
    assert.equal(image.isInverted, true);
    assert.deepEqual(image.rescale, { slope: 2, intercept: -5 });
    assert.deepEqual(image.padding, { low: 7, high: 7 });
    assert.deepEqual(
      [image.manufacturer, image.modality, image.laterality, image.viewPosition],
      ["SIEMENS", "MG", "R", "MLO"],
    );
  });

  it("keeps nothing that identifies the patient", () => {
    const image = readDicom(writeDicom({ ...spec, patientId: "SECRET-4711", studyInstanceUid: "1.2.3.99" }), "a.dicom");
    const { encoded: _, pixelData: __, ...facts } = image;
    assert.ok(!/SECRET|1\.2\.3\.99/.test(JSON.stringify(facts)));
  });

  it("refuses what is no DICOM file", () => {
    for (const bytes of [new Uint8Array(), Buffer.from("PNG, perhaps"), new Uint8Array(5000)])
      assert.throws(() => readDicom(bytes, "a.dicom"), failsWith("DICOM_NOT_DICOM"));
  });

  it("names the bytes that are missing from a file cut short", () => {
    assert.throws(() => readDicom(cut(writeDicom(spec), 2), "a.dicom"), failsWith("DICOM_TRUNCATED", "48", "46"));
  });

  it("refuses a header that promises more than 80 MiB, before it allocates anything", () => {
    const file = Buffer.from(writeDicom(spec));
    for (const tag of ["28001000", "28001100"]) file.writeUInt16LE(0xffff, file.indexOf(tag, "hex") + 8);
    assert.throws(() => readDicom(file, "a.dicom"), failsWith("DICOM_TOO_LARGE", "65535 x 65535"));
  });

  it("refuses colour, video and files without pixels, and says which", async () => {
    assert.throws(
      () => readDicom(writeDicom({ ...spec, photometricInterpretation: "RGB" }), "a.dicom"),
      failsWith("DICOM_UNSUPPORTED_IMAGE", "RGB"),
    );
    const video = withTransferSyntax(writeDicom(spec), "1.2.840.10008.1.2.4.102", encapsulated([Buffer.alloc(8)]));
    await assert.rejects(
      decodePixels(readDicom(video, "a.dicom")),
      failsWith("DICOM_UNSUPPORTED_SYNTAX", "1.2.840.10008.1.2.4.102"),
    );
    // Cells in an order of their own: General Electric's private syntax has big endian ones in an implicit little endian file.
    const unknown = Buffer.from(writeDicom(spec));
    unknown.write("1.2.840.113619.5.2\0", unknown.indexOf("1.2.840.10008.1.2.1"), "latin1");
    await assert.rejects(
      decodePixels(readDicom(unknown, "a.dicom")),
      failsWith("DICOM_UNSUPPORTED_SYNTAX", "1.2.840.113619.5.2"),
    );
    const file = writeDicom(spec);
    const noPixels = file.subarray(0, Buffer.from(file).indexOf("e07f1000", "hex"));
    assert.throws(() => readDicom(noPixels, "a.dicom"), failsWith("DICOM_NO_PIXELS"));
  });

  it("says so when a compressed stream is cut short, in every encoding", async () => {
    const names = [
      "RLE, 12 of 16 bit, unsigned, MONOCHROME2",
      "JPEG 2000, 12 bit, unsigned",
      "JPEG-LS, 12 bit, unsigned",
      "JPEG lossless, 12 bit, predictor 1",
      "JPEG baseline, quality 98",
      "JPEG extended, 12 bit, quality 98",
    ];
    for (const name of names) {
      const image = readDicom(goldenFile(name), "a.dicom");
      const encoded = image.encoded.subarray(0, Math.floor(image.encoded.length * 0.7));
      await assert.rejects(decodePixels({ ...image, encoded }), failsWith("DICOM_TRUNCATED"), name);
    }
  });

  it("compares the size in a compressed stream with the header's", async () => {
    for (const name of [
      "JPEG 2000, 12 bit, unsigned",
      "JPEG-LS, 12 bit, unsigned",
      "JPEG lossless, 12 bit, predictor 1",
    ]) {
      const image = readDicom(goldenFile(name), "a.dicom");
      await assert.rejects(
        decodePixels({ ...image, rows: image.rows + 1 }),
        failsWith("DICOM_CORRUPT", "42 x 37"),
        name,
      );
    }
  });

  it("RLE gives back what was packed, whatever the bytes", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(0, 0, 0, 1, 200, 255), { minLength: 2, maxLength: 600 }),
        async (bytes) => {
          const samples = Uint8Array.from(bytes);
          const native = writeDicom({ ...spec, rows: 1, columns: bytes.length, samples, bitsStored: 8 });
          const packed = packBits(samples);
          const header = Buffer.alloc(64);
          header.writeUInt32LE(1, 0);
          header.writeUInt32LE(64, 4);
          const file = withTransferSyntax(
            native,
            "1.2.840.10008.1.2.5",
            encapsulated([Buffer.concat([header, packed])]),
          );
          assert.deepEqual((await decodePixels(readDicom(file, "a.dicom"))).samples, samples);
        },
      ),
    );
  });

  it("answers bytes that went bad with an image or a DicomError, never with anything else", async () => {
    const files = goldens.map(({ file }) => unpackBytes({ shape: [], deflate: file }));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 12 }),
        fc.double({ min: 0.02, max: 1, noNaN: true }),
        async (file, changes, kept) => {
          const bytes = file.slice(0, Math.ceil(file.length * kept));
          for (const [place, value] of changes)
            bytes[Math.min(bytes.length - 1, Math.floor(place * bytes.length))] = value;
          try {
            const image = readDicom(bytes, "a.dicom");
            if (image.rows * image.columns > 1e6) return; // valid, and slow
            const { samples } = await decodePixels(image);
            assert.equal(samples.length, image.rows * image.columns);
          } catch (error) {
            assert.ok(error instanceof DicomError, `${String(error)} ${(error as Error).stack}`);
          }
        },
      ),
      { numRuns: 400 },
    );
  }).timeout(60_000);
});
