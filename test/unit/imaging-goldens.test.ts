import assert from "node:assert/strict";
import sharp from "sharp";
import { writeDicom, type VoiWindow } from "@mammoflow/dicom";
import { type Box, prepareImage, recipePresets, type Recipe } from "@mammoflow/imaging";
import { greyImage } from "../../packages/imaging/src/grey-image.ts";
import { plainKernels } from "../../packages/imaging/src/kernels/plain-kernels.ts";
import { clahe } from "../../packages/imaging/src/steps/clahe.ts";
import { breastBox } from "../../packages/imaging/src/steps/crop.ts";
import { otsuThreshold } from "../../packages/imaging/src/steps/otsu-threshold.ts";
import { resizeArea } from "../../packages/imaging/src/steps/resize.ts";
import { windowed } from "../../packages/imaging/src/steps/voi-window.ts";
import { dicomFiles, readDicomFile } from "../support/dicom-files.ts";
import { type PackedArray, readGolden, unpackBytes, unpackUint16 } from "../support/goldens.ts";
import { skipUnless } from "../support/parts.ts";

interface Goldens {
  otsu: { histogram: number[]; threshold: number }[];
  crop: { image: PackedArray; box: [number, number, number, number] }[];
  resize: { image: PackedArray; resized: PackedArray }[];
  clahe: { clipLimit: number; tilesX: number; tilesY: number; image: PackedArray; equalised: PackedArray }[];
  study: {
    bitsStored: number;
    photometricInterpretation: string;
    stored: PackedArray;
    box: [number, number, number, number];
    size: number;
    result: PackedArray;
  }[];
  windows: { window: VoiWindow; values: number[]; shown: number[] }[];
}

const goldens = readGolden<Goldens>("imaging.json");

const imageOf = (packed: PackedArray) => greyImage(unpackBytes(packed), packed.shape[1]!, packed.shape[0]!);

const boxOf = ([x, y, width, height]: [number, number, number, number]): Box => ({ x, y, width, height });

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let largest = 0;
  for (let index = 0; index < expected.length; index++)
    largest = Math.max(largest, Math.abs(actual[index]! - expected[index]!));
  return largest;
}

const greyOf = async (png: Buffer) => sharp(png).toColourspace("b-w").raw().toBuffer();

function studyRecipe(sizePx: number): Recipe {
  const [scale, ...steps] = recipePresets.study.steps;
  return {
    version: 1,
    steps: [
      scale,
      ...steps.map((step) => (step.step === "resize" ? { ...step, widthPx: sizePx, heightPx: sizePx } : step)),
    ],
  };
}

describe("imaging beside OpenCV and pydicom", () => {
  for (const [index, { histogram, threshold }] of goldens.otsu.entries())
    it(`Otsu threshold ${index} is OpenCV's`, () => {
      assert.equal(otsuThreshold(Uint32Array.from(histogram)), threshold);
    });

  it(`crops ${goldens.crop.length} images of discs, rings, lines, dots and noise as OpenCV does`, () => {
    for (const [index, { image, box }] of goldens.crop.entries()) {
      const grey = imageOf(image);
      assert.deepEqual(breastBox(grey), boxOf(box), `case ${index}`);
    }
  });

  for (const { image, resized } of goldens.resize)
    it(`resizes ${image.shape.join("x")} to ${resized.shape.join("x")} as INTER_AREA does`, () => {
      const [height, width] = resized.shape as [number, number];
      const actual = resizeArea(imageOf(image), width, height, plainKernels);
      assert.ok(largestDifference(actual.pixels, unpackBytes(resized)) <= 1);
    });

  for (const { image, equalised, ...parameters } of goldens.clahe)
    it(`equalises ${image.shape.join("x")} with ${JSON.stringify(parameters)} as OpenCV's CLAHE does`, () => {
      assert.equal(
        largestDifference(clahe(imageOf(image), parameters, plainKernels).pixels, unpackBytes(equalised)),
        0,
      );
    });

  for (const { window, values, shown } of goldens.windows)
    it(`shows ${window.function} ${window.center}/${window.width} as pydicom does`, () => {
      for (const [index, value] of values.entries())
        assert.ok(
          Math.abs(windowed(value, window, 255) - shown[index]!) < 1e-3,
          `${value}: ${windowed(value, window, 255)}`,
        );
    });

  for (const { stored, bitsStored, photometricInterpretation, box, size, result } of goldens.study)
    it(`the study's recipe on ${bitsStored} bit ${photometricInterpretation} gives OpenCV's picture`, async () => {
      const [rows, columns] = stored.shape as [number, number];
      const file = writeDicom({ rows, columns, bitsStored, photometricInterpretation, samples: unpackUint16(stored) });
      const prepared = await prepareImage(file, studyRecipe(size), "golden.dicom");
      assert.deepEqual(prepared.geometry.cropBox, boxOf(box));
      assert.equal(prepared.widthPx, size);
      assert.ok(largestDifference(await greyOf(prepared.png), unpackBytes(result)) <= 1);
    });
});

describe("imaging of real files beside OpenCV", function () {
  before(function () {
    skipUnless(this, dicomFiles);
  });
  const files =
    readGolden<Record<string, { box: [number, number, number, number]; result?: PackedArray }>>("imaging-files.json");
  for (const [name, { box, result }] of Object.entries(files))
    it(`prepares ${name}`, async () => {
      const prepared = await prepareImage(readDicomFile(name), recipePresets.study, name);
      assert.deepEqual(prepared.geometry.cropBox, boxOf(box));
      if (result) assert.ok(largestDifference(await greyOf(prepared.png), unpackBytes(result)) <= 1);
    });
});
