import assert from "node:assert/strict";
import sharp from "sharp";
import { writeDicom } from "@mammoflow/dicom";
import { type Recipe, prepareImage, recipePresets } from "@mammoflow/imaging";
import { greyImage } from "../../packages/imaging/src/grey-image.ts";
import { plainKernels } from "../../packages/imaging/src/kernels/plain-kernels.ts";
import { clahe } from "../../packages/imaging/src/steps/clahe.ts";
import { matchHistogram, matchReference } from "../../packages/imaging/src/steps/match.ts";
import { resizePadded } from "../../packages/imaging/src/steps/resize-padded.ts";
import { resizeArea } from "../../packages/imaging/src/steps/resize.ts";
import { type PackedArray, readGolden, unpackBytes, unpackUint16 } from "../support/goldens.ts";

interface StoredCase {
  bitsStored: number;
  photometricInterpretation: string;
  stored: PackedArray;
}

interface Goldens {
  padded: { image: PackedArray; bits: 8 | 16; side: "left" | "right"; size: number; result: PackedArray }[];
  sixteenBitResize: { image: PackedArray; resized: PackedArray }[];
  sixteenBitClahe: { clipLimit: number; tilesX: number; tilesY: number; image: PackedArray; equalised: PackedArray }[];
  percentiles: (StoredCase & {
    padding: number | null;
    slope: number;
    intercept: number;
    lowPercent: number;
    highPercent: number;
    eight: PackedArray;
    sixteen: PackedArray;
  })[];
  literal: (StoredCase & {
    size: number;
    boxInSquare: [number, number, number, number];
    cut: PackedArray;
    result: PackedArray;
  })[];
  match: { bits: 8 | 16; image: PackedArray; reference: PackedArray; matched: number[] }[];
  tables: { name: string; file: PackedArray; result: PackedArray }[];
}

const goldens = readGolden<Goldens>("imaging-recipes.json");

const pixelsOf = (packed: PackedArray, bits: 8 | 16) => (bits === 8 ? unpackBytes(packed) : unpackUint16(packed));
const imageOf = (packed: PackedArray, bits: 8 | 16) =>
  greyImage(pixelsOf(packed, bits), packed.shape[1]!, packed.shape[0]!);

/** Pixels of a PNG in its own depth. */
async function levelsOf(png: Buffer): Promise<Uint8Array | Uint16Array> {
  const { depth } = await sharp(png).metadata();
  if (depth !== "ushort") return sharp(png).toColourspace("b-w").raw().toBuffer();
  const bytes = await sharp(png).toColourspace("grey16").raw({ depth: "ushort" }).toBuffer();
  return new Uint16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  assert.equal(actual.length, expected.length);
  let largest = 0;
  for (let index = 0; index < expected.length; index++)
    largest = Math.max(largest, Math.abs(actual[index]! - expected[index]!));
  return largest;
}

const storedFile = ({ stored, bitsStored, photometricInterpretation }: StoredCase, more: object = {}): Uint8Array => {
  const [rows, columns] = stored.shape as [number, number];
  return writeDicom({
    rows,
    columns,
    bitsStored,
    photometricInterpretation,
    samples: unpackUint16(stored),
    ...more,
  });
};

const literalRecipe = (sizePx: number, isCutOnly: boolean): Recipe => {
  const [scale, ...steps] = recipePresets["study-literal"].steps;
  const sized = steps.map((step) => (step.step === "resize" ? { ...step, widthPx: sizePx, heightPx: sizePx } : step));
  return { version: 1, steps: [scale, ...(isCutOnly ? sized.slice(0, -1) : sized)] };
};

describe("recipe steps beside OpenCV, NumPy, scikit-image and pydicom", () => {
  for (const { image, bits, side, size, result } of goldens.padded)
    it(`pads ${image.shape.join("x")} of ${bits} bit to ${size} px, chest wall ${side}, as OpenCV's resize on black`, () => {
      const { pixels } = resizePadded(
        imageOf(image, bits),
        { widthPx: size, heightPx: size },
        side,
        plainKernels,
      ).image;
      assert.ok(largestDifference(pixels, pixelsOf(result, bits)) <= 1);
    });

  for (const { image, resized } of goldens.sixteenBitResize)
    it(`resizes 16 bits, ${image.shape.join("x")} to ${resized.shape.join("x")}, as INTER_AREA does`, () => {
      const [height, width] = resized.shape as [number, number];
      const actual = resizeArea(imageOf(image, 16), width, height, plainKernels).pixels;
      assert.ok(actual instanceof Uint16Array);
      assert.ok(largestDifference(actual, unpackUint16(resized)) <= 1);
    });

  for (const { image, equalised, ...parameters } of goldens.sixteenBitClahe)
    it(`equalises 16 bits, ${image.shape.join("x")} with ${JSON.stringify(parameters)}, as OpenCV's CLAHE does`, () => {
      assert.equal(
        largestDifference(clahe(imageOf(image, 16), parameters, plainKernels).pixels, unpackUint16(equalised)),
        0,
      );
    });

  for (const golden of goldens.percentiles) {
    const { lowPercent, highPercent, padding, slope, intercept, photometricInterpretation } = golden;
    it(`scales between percentiles ${lowPercent} and ${highPercent} of the breast, ${photometricInterpretation}, slope ${slope}, as NumPy does`, async () => {
      const file = storedFile(golden, {
        rescale: { slope, intercept },
        ...(padding !== null && { pixelPadding: padding }),
      });
      for (const bits of [8, 16] as const) {
        const recipe: Recipe = {
          version: 1,
          steps: [{ step: "scale", from: "percentiles", padding: "black", bits, lowPercent, highPercent }],
        };
        const { png, warnings } = await prepareImage(file, recipe, "golden.dicom");
        const expected = pixelsOf(bits === 8 ? golden.eight : golden.sixteen, bits);
        assert.ok(largestDifference(await levelsOf(png), expected) <= 1);
        assert.deepEqual(warnings, []);
      }
    });
  }

  for (const golden of goldens.literal)
    it(`the study's steps in its order on ${golden.bitsStored} bit ${golden.photometricInterpretation} give OpenCV's picture`, async () => {
      const { size, boxInSquare, cut, result, stored } = golden;
      const file = storedFile(golden);
      const crop = await prepareImage(file, literalRecipe(size, true), "golden.dicom");
      assert.deepEqual([crop.heightPx, crop.widthPx], cut.shape);
      assert.ok(largestDifference(await levelsOf(crop.png), unpackBytes(cut)) <= 1);
      const { cropBox } = crop.geometry;
      const [height, width] = stored.shape as [number, number];
      const inSquare = [cropBox.x / width, cropBox.y / height, cropBox.width / width, cropBox.height / height];
      for (const [index, share] of inSquare.entries())
        assert.ok(Math.abs(share * size - boxInSquare[index]!) < 1e-6, JSON.stringify(cropBox));
      const whole = await prepareImage(file, literalRecipe(size, false), "golden.dicom");
      assert.ok(largestDifference(await levelsOf(whole.png), unpackBytes(result)) <= 2);
    });

  for (const { bits, image, reference, matched } of goldens.match)
    it(`matches a histogram of ${bits} bit as scikit-image does with the pixels above 0`, () => {
      const ours = matchHistogram(imageOf(image, bits), matchReference(imageOf(reference, bits))).pixels;
      const [height, width] = image.shape as [number, number];
      const sampled: number[] = [];
      for (let y = 0; y < height; y += 4) for (let x = 0; x < width; x += 3) sampled.push(ours[y * width + x]!);
      // A reference is kept in 256 levels, so that 16 bits agree to within one of those.
      assert.ok(largestDifference(sampled, matched) <= (bits === 8 ? 0.501 : 257));
    });

  for (const { name, file, result } of goldens.tables)
    it(`shows a file with ${name} as pydicom does`, async () => {
      const recipe: Recipe = { version: 1, steps: [{ step: "scale", from: "voi", padding: "keep" }] };
      const { png, warnings } = await prepareImage(unpackBytes(file), recipe, "golden.dicom");
      assert.equal(largestDifference(await levelsOf(png), unpackBytes(result)), 0);
      assert.deepEqual(warnings, []);
    });
});
