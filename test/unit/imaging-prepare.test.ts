import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import sharp from "sharp";
import { DicomError, type DicomSpec, writeDicom } from "@mammoflow/dicom";
import { type Recipe, prepareImage, recipePresets, renderPreview } from "@mammoflow/imaging";
import { greyImage } from "../../packages/imaging/src/grey-image.ts";
import { plainKernels } from "../../packages/imaging/src/kernels/plain-kernels.ts";
import { clahe } from "../../packages/imaging/src/steps/clahe.ts";
import { breastBox } from "../../packages/imaging/src/steps/crop.ts";
import { resizeArea } from "../../packages/imaging/src/steps/resize.ts";

const greyOf = async (png: Buffer) => sharp(png).toColourspace("b-w").raw().toBuffer();

const scaleOnly = (step: Partial<Recipe["steps"][0]>): Recipe => ({
  version: 1,
  steps: [{ step: "scale", from: "minmax", padding: "keep", ...step }],
});

/** 10 x 20 pixels, dark, with a bright rectangle of 4 x 6 at (3, 2). */
const rectangle: DicomSpec = {
  rows: 20,
  columns: 10,
  samples: Uint16Array.from({ length: 200 }, (_, index) => {
    const x = index % 10;
    const y = Math.floor(index / 10);
    return x >= 3 && x < 7 && y >= 2 && y < 8 ? 3000 + x : 10;
  }),
  bitsStored: 12,
  photometricInterpretation: "MONOCHROME2",
};

const stored = (values: number[], more: Partial<DicomSpec> = {}): Uint8Array =>
  writeDicom({
    rows: 1,
    columns: values.length,
    samples: Uint16Array.from(values),
    bitsStored: 12,
    photometricInterpretation: "MONOCHROME2",
    ...more,
  });

describe("preparing an image", () => {
  it("crops to the bright region, and says where it was", async () => {
    const file = writeDicom({ ...rectangle, manufacturer: "MAKER", laterality: "L", patientId: "SECRET" });
    const prepared = await prepareImage(file, recipePresets.study, "a.dicom");
    assert.deepEqual(prepared.geometry.cropBox, { x: 3, y: 2, width: 4, height: 6 });
    assert.deepEqual([prepared.widthPx, prepared.heightPx, prepared.warnings], [256, 256, []]);
    assert.deepEqual(prepared.header, {
      rows: 20,
      columns: 10,
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME2",
      transferSyntaxUid: "1.2.840.10008.1.2.1",
      manufacturer: "MAKER",
      laterality: "L",
    });
    assert.equal(prepared.pngSha256, createHash("sha256").update(prepared.png).digest("hex"));
  });

  it("gives the same bytes each time: 8-bit grey without metadata", async () => {
    const file = writeDicom(rectangle);
    const [first, second] = [
      await prepareImage(file, recipePresets.study, "a"),
      await prepareImage(file, recipePresets.study, "b"),
    ];
    assert.deepEqual(first.png, second.png);
    const { channels, depth } = await sharp(first.png).metadata();
    assert.deepEqual({ channels, depth }, { channels: 1, depth: "uchar" });
    const chunks: string[] = [];
    for (let at = 8; at < first.png.length; at += 12 + first.png.readUInt32BE(at))
      chunks.push(first.png.toString("latin1", at + 4, at + 8));
    assert.deepEqual(chunks, ["IHDR", "IDAT", "IEND"]);
  });

  it("lets an all-black and an all-white frame pass whole, with a warning", async () => {
    for (const photometricInterpretation of ["MONOCHROME1", "MONOCHROME2"]) {
      const samples = new Uint16Array(200).fill(4095);
      const prepared = await prepareImage(
        writeDicom({ ...rectangle, samples, photometricInterpretation }),
        recipePresets.study,
        "a.dicom",
      );
      assert.deepEqual(prepared.geometry.cropBox, { x: 0, y: 0, width: 10, height: 20 });
      assert.ok(
        prepared.warnings.some((warning) => warning.includes("same value")),
        prepared.warnings.join(),
      );
    }
  });

  it("shows MONOCHROME1 inverted", async () => {
    const levels = async (photometricInterpretation: string) => [
      ...(await greyOf(
        (await prepareImage(stored([0, 1024, 4095], { photometricInterpretation }), scaleOnly({}), "a")).png,
      )),
    ];
    assert.deepEqual(await levels("MONOCHROME2"), [0, 63, 255]);
    assert.deepEqual(await levels("MONOCHROME1"), [255, 191, 0]);
  });

  it("applies the first window after the modality rescale, inverted for MONOCHROME1", async () => {
    const file = stored([0, 100, 150, 200, 4095], {
      photometricInterpretation: "MONOCHROME1",
      rescale: { slope: 2, intercept: -100 },
      windows: [
        { center: 200.5, width: 201 },
        { center: 9, width: 9 },
      ],
    });
    const prepared = await prepareImage(file, scaleOnly({ from: "window" }), "a");
    assert.deepEqual([...(await greyOf(prepared.png))], [255, 255, 127, 0, 0]);
    assert.deepEqual(prepared.warnings, []);
  });

  it("stretches from the smallest to the largest value where a window is asked for and there is none, and says so", async () => {
    const prepared = await prepareImage(stored([5, 10]), scaleOnly({ from: "window" }), "a");
    assert.deepEqual([...(await greyOf(prepared.png))], [0, 255]);
    assert.match(prepared.warnings.join(), /no VOI window/);
  });

  it("blackens padding where the recipe says so, and leaves it out of the range", async () => {
    const file = stored([4000, 10, 20, 30], { pixelPadding: 4000, photometricInterpretation: "MONOCHROME1" });
    const levels = async (padding: "black" | "keep") => [
      ...(await greyOf((await prepareImage(file, scaleOnly({ padding }), "a")).png)),
    ];
    assert.deepEqual(await levels("black"), [0, 255, 127, 0]);
    assert.deepEqual(await levels("keep"), [0, 255, 254, 253]);
  });

  it("tells where the picture lies in the frame, also when it is cropped last", async () => {
    const [scale, crop] = recipePresets.study.steps;
    const recipe: Recipe = {
      version: 1,
      steps: [scale, { step: "resize", method: "area", widthPx: 5, heightPx: 10 }, crop],
    };
    const { geometry, widthPx, heightPx } = await prepareImage(writeDicom(rectangle), recipe, "a");
    const { cropBox } = geometry;
    assert.deepEqual([widthPx * 2, heightPx * 2], [cropBox.width, cropBox.height]);
    assert.ok(cropBox.x <= 3 && cropBox.x + cropBox.width >= 7 && cropBox.y <= 2 && cropBox.y + cropBox.height >= 8);
  });

  it("uses the first of several frames, and says so", async () => {
    const prepared = await prepareImage(stored([1, 2, 9, 9], { columns: 2, frames: 2 }), scaleOnly({}), "a");
    assert.deepEqual([...(await greyOf(prepared.png))], [0, 255]);
    assert.match(prepared.warnings.join(), /2 frames/);
  });

  it("names the file that cannot be decoded", async () => {
    await assert.rejects(
      prepareImage(Buffer.from("nothing"), recipePresets.study, "study/x.dicom"),
      (error: unknown) => error instanceof DicomError && error.message.startsWith("study/x.dicom"),
    );
  });

  it("previews the whole frame at the aspect ratio it has", async () => {
    const { width, height } = await sharp(await renderPreview(writeDicom(rectangle), "a", 10)).metadata();
    assert.deepEqual([width, height], [5, 10]);
    const small = await sharp(await renderPreview(writeDicom(rectangle), "a", 500)).metadata();
    assert.deepEqual([small.width, small.height], [10, 20]);
  });
});

const images = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .chain(([width, height]) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height })
      .map((pixels) => greyImage(Uint8Array.from(pixels), width, height)),
  );

describe("imaging steps, whatever the image", () => {
  it("a crop is never empty and never leaves the image", () => {
    fc.assert(
      fc.property(images, (image) => {
        const box = breastBox(image);
        assert.ok(box.width >= 1 && box.height >= 1 && box.x >= 0 && box.y >= 0);
        assert.ok(box.x + box.width <= image.width && box.y + box.height <= image.height);
      }),
    );
  });

  it("a resize stays between the darkest and the brightest pixel", () => {
    fc.assert(
      fc.property(images, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), (image, width, height) => {
        const resized = resizeArea(image, width, height, plainKernels).pixels;
        assert.ok(Math.min(...resized) >= Math.min(...image.pixels) - 1);
        assert.ok(Math.max(...resized) <= Math.max(...image.pixels));
      }),
    );
  });

  it("CLAHE without a limit leaves a flat histogram as it is", () => {
    const pixels = Uint8Array.from({ length: 256 * 4 }, (_, index) => index % 256);
    const equalised = clahe(greyImage(pixels, 32, 32), { clipLimit: 0, tilesX: 1, tilesY: 1 }, plainKernels).pixels;
    for (const [index, level] of equalised.entries()) assert.ok(Math.abs(level - pixels[index]!) <= 1);
  });

  it("CLAHE keeps the order of grey levels within one tile", () => {
    fc.assert(
      fc.property(images, fc.double({ min: 0, max: 10, noNaN: true }), (image, clipLimit) => {
        const equalised = clahe(image, { clipLimit, tilesX: 1, tilesY: 1 }, plainKernels).pixels;
        const order = [...image.pixels.keys()].toSorted((a, b) => image.pixels[a]! - image.pixels[b]!);
        for (let index = 1; index < order.length; index++)
          assert.ok(equalised[order[index]!]! >= equalised[order[index - 1]!]!);
      }),
    );
  });
});
