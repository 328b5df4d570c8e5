import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { type DicomImage, decodePixels, lookUp, modalityValue, readDicom } from "@mammoflow/dicom";
import { windowed } from "../../packages/imaging/src/steps/voi-window.ts";
import { readGolden } from "../support/goldens.ts";

/** Where a file or an array lies: offset and length in bytes. */
type Place = [offset: number, length: number];

interface Matrix {
  files: string;
  arrays: string;
  pixels: { name: string; file: Place; values: Place; tolerance?: number; frame?: number }[];
  grey: { name: string; file: Place; modality: Place; windows: Place[]; voiLuts: Place[] }[];
}

const matrix = readGolden<Matrix>("dicom-matrix.json");
const files = inflateSync(Buffer.from(matrix.files, "base64"));
const arrays = inflateSync(Buffer.from(matrix.arrays, "base64"));

const at = (blob: Buffer, [offset, length]: Place): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(blob.subarray(offset, offset + length));
const doubles = (place: Place): Float64Array => new Float64Array(at(arrays, place).buffer);
const read = ({ name, file }: { name: string; file: Place }): DicomImage => readDicom(at(files, file), name);

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let index = 0; index < expected.length; index++)
    assert.ok(
      Math.abs(actual[index]! - expected[index]!) <= tolerance,
      `value ${index} is ${actual[index]}, not ${expected[index]}`,
    );
}

describe("stored values beside pydicom's", () => {
  for (const golden of matrix.pixels)
    it(golden.name, async () => {
      const { samples, isSigned } = await decodePixels(read(golden), { frame: golden.frame ?? 0 });
      const { buffer } = at(arrays, golden.values);
      assertClose(samples, isSigned ? new Int32Array(buffer) : new Uint32Array(buffer), golden.tolerance ?? 0);
    });
});

describe("modality and display values beside pydicom's", () => {
  for (const golden of matrix.grey)
    it(golden.name, async () => {
      const image = read(golden);
      assert.deepEqual(image.warnings, []);
      assert.equal(image.isInverted, image.photometricInterpretation === "MONOCHROME1");
      const { samples } = await decodePixels(image);
      const modality = Array.from(samples, (stored: number) => modalityValue(image, stored));
      assertClose(modality, doubles(golden.modality), 1e-9);

      assert.equal(image.windows.length, golden.windows.length);
      for (const [index, window] of image.windows.entries()) {
        const shown = modality.map((value) => windowed(value, window, 1));
        assertClose(shown, doubles(golden.windows[index]!), 1e-9);
      }
      assert.equal(image.voiLuts.length, golden.voiLuts.length);
      for (const [index, table] of image.voiLuts.entries()) {
        const shown = modality.map((value) => lookUp(table, value) / (2 ** table.bits - 1));
        assertClose(shown, doubles(golden.voiLuts[index]!), 1e-9);
      }
    });
});
