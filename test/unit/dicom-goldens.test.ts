import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type Pixels, decodePixels, readDicom } from "@mammoflow/dicom";
import { dicomFiles, readDicomFile } from "../support/dicom-files.ts";
import { type PackedArray, readGolden, unpackBytes } from "../support/goldens.ts";
import { skipUnless } from "../support/parts.ts";

interface FileGolden {
  name: string;
  file: string;
  values: PackedArray;
}

type RealGolden = { name: string; sha256: string } | { name: string; every: number; values: number[] };

const decode = async (bytes: Uint8Array, name: string): Promise<Pixels> => decodePixels(readDicom(bytes, name));

/** Lossy streams too: they are decoded in the integers of libjpeg-turbo. */
function assertValues(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++)
    assert.ok(actual[index] === expected[index], `sample ${index} is ${actual[index]}, not ${expected[index]}`);
}

describe("DICOM files of every encoding", () => {
  for (const { name, file, values } of ["dicom.json", "dicom-codecs.json"].flatMap(readGolden<FileGolden[]>))
    it(`holds the values that were written: ${name}`, async () => {
      const pixels = await decode(unpackBytes({ shape: [], deflate: file }), name);
      assert.deepEqual([pixels.rows, pixels.columns], values.shape);
      const expected = unpackBytes(values).buffer;
      const wide = pixels.isSigned ? new Int32Array(expected) : new Uint32Array(expected);
      assertValues(pixels.samples, wide);
    });
});

describe("real DICOM files", function () {
  before(function () {
    skipUnless(this, dicomFiles);
  });

  for (const golden of readGolden<RealGolden[]>("dicom-files.json"))
    it(`decodes ${golden.name} as others do`, async () => {
      const { samples } = await decode(readDicomFile(golden.name), golden.name);
      if ("sha256" in golden) {
        const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
        assert.equal(createHash("sha256").update(bytes).digest("hex"), golden.sha256);
      } else {
        const chosen = samples.filter((_, index) => index % golden.every === 0);
        assertValues(chosen, golden.values);
      }
    }).timeout(30_000);

  for (const image of ["CT2", "MR4"])
    for (const encoding of ["RLE", "JPLL", "JLSL", "J2KR"])
      it(`finds the original of ${image} in its lossless ${encoding} form, sample by sample`, async () => {
        const original = await decode(readDicomFile(`${image}_UNC.dcm`), image);
        const { samples } = await decode(readDicomFile(`${image}_${encoding}.dcm`), image);
        assertValues(samples, original.samples);
      });
});
