import assert from "node:assert/strict";
import fc from "fast-check";
import sharp from "sharp";
import { writeDicom } from "@mammoflow/dicom";
import { type Box, type Recipe, boxInFrame, boxInOutput, prepareImage } from "@mammoflow/imaging";

const frame = { width: 120, height: 150 };
/** Levels of air, breast and lesion, in 12 bits. */
const levels = { air: 0, breast: 1400, lesion: 4000 };

/** A breast like half an ellipse at one side, and a rectangle somewhere, perhaps over the breast's or the frame's edge. */
function drawnFile(lesion: Box, isRight: boolean): Uint8Array {
  const { width, height } = frame;
  const samples = new Uint16Array(width * height);
  for (let index = 0; index < samples.length; index++) {
    const [x, y] = [index % width, Math.floor(index / width)];
    const fromWall = isRight ? width - 1 - x : x;
    if (Math.hypot(fromWall / 80, (y - height / 2) / 60) < 1) samples[index] = levels.breast;
    const isIn = x >= lesion.x && x < lesion.x + lesion.width && y >= lesion.y && y < lesion.y + lesion.height;
    if (isIn) samples[index] = levels.lesion;
  }
  return writeDicom({
    rows: height,
    columns: width,
    samples,
    bitsStored: 12,
    photometricInterpretation: "MONOCHROME2",
    windows: [{ center: 2000, width: 4001 }],
    laterality: isRight ? "R" : "L",
  });
}

type LaterStep = Exclude<Recipe["steps"][number], { step: "scale" }>;
const side = fc.integer({ min: 60, max: 260 });
const resize = fc.record({
  step: fc.constant("resize" as const),
  method: fc.constant("area" as const),
  fit: fc.constantFrom("stretch" as const, "pad" as const),
  widthPx: side,
  heightPx: side,
});
const sometimes = (step: fc.Arbitrary<LaterStep>): fc.Arbitrary<LaterStep[]> => fc.array(step, { maxLength: 1 });

/** Any order of the steps that move pixels; those that change levels would only blur what is measured. */
const recipes: fc.Arbitrary<Recipe> = fc
  .tuple(
    fc.constantFrom("minmax" as const, "voi" as const),
    fc.constantFrom(8 as const, 16 as const),
    sometimes(resize),
    fc
      .tuple(
        sometimes(fc.constant({ step: "orient" as const, breast: "left" as const })),
        sometimes(
          fc.record({
            step: fc.constant("crop" as const),
            method: fc.constant("breast" as const),
            marginPx: fc.nat(20),
          }),
        ),
      )
      .chain(([orient, crop]) => fc.constantFrom([...orient, ...crop], [...crop, ...orient])),
    sometimes(resize),
  )
  .map(([from, bits, before, between, behind]) => ({
    version: 1,
    steps: [{ step: "scale", from, padding: "keep", bits }, ...before, ...between, ...behind],
  }));

const lesions: fc.Arbitrary<Box> = fc.record({
  x: fc.integer({ min: 0, max: frame.width - 10 }),
  y: fc.integer({ min: 20, max: frame.height - 50 }),
  width: fc.integer({ min: 8, max: 40 }),
  height: fc.integer({ min: 8, max: 40 }),
});

/** The bounding box of what is brighter than halfway from breast to lesion, or from air to lesion: both within a pixel. */
async function brightBox(png: Buffer): Promise<Box | undefined> {
  const { data, info } = await sharp(png).toColourspace("b-w").raw().toBuffer({ resolveWithObject: true });
  const extent = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity };
  for (const [index, level] of data.entries()) {
    if (level < 165) continue;
    const [x, y] = [index % info.width, Math.floor(index / info.width)];
    extent.left = Math.min(extent.left, x);
    extent.right = Math.max(extent.right, x + 1);
    extent.top = Math.min(extent.top, y);
    extent.bottom = Math.max(extent.bottom, y + 1);
  }
  const { left, right, top, bottom } = extent;
  return right > left ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

const edgesOf = ({ x, y, width, height }: Box): number[] => [x, y, x + width, y + height];

function assertNear(actual: Box, expected: Box, tolerance: number): void {
  for (const [index, edge] of edgesOf(actual).entries())
    assert.ok(
      Math.abs(edge - edgesOf(expected)[index]!) <= tolerance,
      `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`,
    );
}

/** How many pixels of the output one of the first resize became; 0 where there was one resize at most. */
function enlargementBehindFirst({ steps }: Recipe): number {
  const [first, second] = steps.filter((step) => step.step === "resize");
  return first && second ? Math.max(second.widthPx / first.widthPx, second.heightPx / first.heightPx) : 0;
}

describe("the geometry of a prepared image", function () {
  this.timeout(120_000);

  it("says within a pixel where a drawn rectangle is in the output, whatever the recipe, and leads back", async () => {
    await fc.assert(
      fc.asyncProperty(recipes, lesions, fc.boolean(), async (recipe, lesion, isRight) => {
        const { png, geometry } = await prepareImage(drawnFile(lesion, isRight), recipe, "drawn.dicom");
        const expected = boxInOutput(lesion, geometry);
        const found = await brightBox(png);
        if (expected === undefined) return assert.equal(found, undefined);
        const enlargement = enlargementBehindFirst(recipe);
        // Less than a pixel of it may leave no trace.
        if (found === undefined) return assert.ok(Math.min(expected.width, expected.height) < Math.max(1, enlargement));
        const growth = Math.max(
          geometry.contentBox.width / geometry.cropBox.width,
          geometry.contentBox.height / geometry.cropBox.height,
        );
        // Where a picture is enlarged, an edge lies somewhere within the frame's pixel; each resize may move it by one of its own.
        assertNear(found, expected, Math.max(1, growth) + enlargement);
        const back = boxInFrame(expected, geometry)!;
        const inside = boxInFrame({ x: 0, y: 0, width: 1e4, height: 1e4 }, geometry)!;
        for (const [index, edge] of edgesOf(back).entries()) {
          const [low, high] = index < 2 ? [edgesOf(inside)[index]!, Infinity] : [-Infinity, edgesOf(inside)[index]!];
          assert.ok(Math.abs(edge - Math.min(Math.max(edgesOf(lesion)[index]!, low), high)) < 1e-6);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("clips a box at the picture's edge, and has none for one that was cut away", () => {
    const geometry = {
      cropBox: { x: 100, y: 0, width: 50, height: 100 },
      isMirrored: true,
      contentBox: { x: 0, y: 0, width: 100, height: 200 },
    };
    assert.deepEqual(boxInOutput({ x: 90, y: 10, width: 20, height: 5 }, geometry), {
      x: 80,
      y: 20,
      width: 20,
      height: 10,
    });
    assert.equal(boxInOutput({ x: 0, y: 0, width: 100, height: 100 }, geometry), undefined);
    assert.equal(boxInFrame({ x: 100, y: 0, width: 20, height: 20 }, geometry), undefined);
  });
});
