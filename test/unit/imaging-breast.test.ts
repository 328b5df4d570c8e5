import assert from "node:assert/strict";
import sharp from "sharp";
import { writeDicom } from "@mammoflow/dicom";
import { type PreparedImage, type Recipe, prepareImage, recipePresets } from "@mammoflow/imaging";
import {
  type DrawnMammogram,
  type Drawing,
  type ImagePlan,
  drawMammogram,
  phantomPlans,
} from "../support/drawn-mammograms.ts";

const [scale, orient] = recipePresets.mammogram.steps;
const masked: Recipe = { version: 1, steps: [scale, { step: "mask" }] };
const unmasked: Recipe = { version: 1, steps: [scale] };
const breastCrop: Recipe = { version: 1, steps: [scale, { step: "mask" }, { step: "crop", method: "breast" }] };
const otsuCrop: Recipe = { version: 1, steps: [scale, { step: "crop", method: "otsu" }] };

const levelsOf = async ({ png }: PreparedImage): Promise<Buffer> => sharp(png).toColourspace("b-w").raw().toBuffer();
const prepared = (drawn: DrawnMammogram, recipe: Recipe) => prepareImage(drawn.file, recipe, "drawn.dicom");

const drawings: Record<string, Drawing> = {
  "phantoms with burnt-in text": {},
  "implants of a third of the breast": { implantShare: 0.33 },
  "implants of most of the breast": { implantShare: 0.7 },
  "edges of a paddle": { hasPaddle: true },
  "implants and edges of a paddle": { implantShare: 0.6, hasPaddle: true },
};

/** Share of the breast's pixels that a box leaves out. */
function lostShare({ breast, width }: DrawnMammogram, { geometry: { cropBox } }: PreparedImage): number {
  let all = 0;
  let lost = 0;
  for (const [index, cell] of breast.entries()) {
    const [x, y] = [index % width, Math.floor(index / width)];
    const isIn = x >= cropBox.x && x < cropBox.x + cropBox.width && y >= cropBox.y && y < cropBox.y + cropBox.height;
    all += cell;
    lost += isIn ? 0 : cell;
  }
  return lost / all;
}

const renderScale = 0.1;
/** Shows the skin of the drawing below as black. */
const breastWindow = { windows: [{ center: 950, width: 100 }] };

describe("finding the breast", function () {
  this.timeout(60_000);
  // The first of each maker, side and view.
  const kindOf = ({ maker, laterality, viewPosition }: ImagePlan) =>
    [maker.manufacturer, laterality, viewPosition].join();
  const plans = [...new Map(phantomPlans(12, 7).map((plan) => [kindOf(plan), plan])).values()];

  it("is tested on all makers, both sides and both views", () => assert.equal(plans.length, 12));

  for (const [name, drawing] of Object.entries(drawings))
    it(`masks ${name}: no pixel of the breast is blackened, and what is drawn beside it is gone`, async () => {
      for (const plan of plans) {
        const drawn = drawMammogram(plan, renderScale, drawing);
        const before = await levelsOf(await prepared(drawn, unmasked));
        const result = await prepared(drawn, masked);
        const after = await levelsOf(result);
        let [erased, beside, left] = [0, 0, 0];
        for (const [index, level] of after.entries()) {
          if (drawn.breast[index] === 1 && before[index]! > 0 && level === 0) erased++;
          beside += drawn.beside[index]!;
          if (drawn.beside[index] === 1 && level > 0) left++;
        }
        assert.equal(erased, 0, JSON.stringify(plan.imageId));
        // A paddle's edge is left where it meets the skin.
        assert.ok(left <= (drawing.hasPaddle === true ? 0.05 * beside : 0), `${left} of ${beside}`);
        assert.deepEqual(result.warnings, []);
        assert.equal(lostShare(drawn, await prepared(drawn, breastCrop)), 0);
      }
    });

  it("keeps skin that the scale shows as black as air", async () => {
    // A wide half disc at the left: 12 pixels of skin at its rim, the inside a little brighter.
    const [side, air, skin, inside] = [200, 40, 869, 1000];
    const distance = (index: number): number => Math.hypot(index % side, Math.floor(index / side) - side / 2);
    const samples = Uint16Array.from({ length: side * side }, (_, index) =>
      distance(index) > 80 ? air : distance(index) > 68 ? skin : inside,
    );
    const file = writeDicom({
      rows: side,
      columns: side,
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME2",
      samples,
      ...breastWindow,
    });
    for (const from of ["voi", "percentiles"] as const) {
      const recipe: Recipe = {
        version: 1,
        steps: [
          { ...scale, from },
          { step: "crop", method: "breast" },
        ],
      };
      const { cropBox } = (await prepareImage(file, recipe, "skin.dicom")).geometry;
      assert.ok(cropBox.x === 0 && cropBox.width >= 81, JSON.stringify(cropBox));
      assert.ok(cropBox.y <= 20 && cropBox.y + cropBox.height >= 181, JSON.stringify(cropBox));
    }
  });

  it("crops by Otsu's threshold say so where an implant makes them lose part of the breast", async () => {
    let losing = 0;
    for (const plan of plans) {
      const bare = await prepared(drawMammogram(plan, renderScale), otsuCrop);
      assert.deepEqual(bare.warnings, []);
      const drawn = drawMammogram(plan, renderScale, { implantShare: 0.6 });
      const crop = await prepared(drawn, otsuCrop);
      if (lostShare(drawn, crop) < 0.06) continue;
      losing++;
      assert.match(crop.warnings.join(), /may have lost part of the breast/);
    }
    assert.ok(losing > plans.length / 2, `${losing} of ${plans.length}`);
  });

  it("tells the chest wall's side, and turns every breast to the left", async () => {
    const recipe: Recipe = { version: 1, steps: [scale, orient] };
    for (const plan of plans) {
      const drawn = drawMammogram(plan, renderScale);
      const { chestWall, geometry, warnings } = await prepared(drawn, recipe);
      assert.equal(chestWall, plan.laterality === "L" ? "left" : "right");
      assert.equal(geometry.isMirrored, plan.laterality === "R");
      assert.deepEqual(warnings, []);
      const wrong = await prepareImage(relabelled(drawn, plan.laterality === "L" ? "R" : "L"), recipe, "wrong.dicom");
      assert.equal(wrong.chestWall, chestWall);
      assert.match(wrong.warnings.join(), /contradicts the header's laterality/);
    }
  });

  it("pads away from the chest wall when nothing turned the breast", async () => {
    const recipe: Recipe = {
      version: 1,
      steps: [
        scale,
        { step: "crop", method: "breast" },
        { step: "resize", method: "area", fit: "pad", widthPx: 64, heightPx: 64 },
      ],
    };
    for (const plan of plans) {
      const { chestWall, geometry } = await prepared(drawMammogram(plan, renderScale), recipe);
      const { x, y, width, height } = geometry.contentBox;
      assert.deepEqual([y, Math.max(width, height)], [0, 64]);
      assert.equal(chestWall === "left" ? x : 64 - x - width, 0);
    }
  });

  it("finds none where the frame has no air, and then masks and cuts nothing, with a warning", async () => {
    const tissue = Uint16Array.from(
      { length: 6400 },
      (_, index) => 1500 + Math.round(600 * Math.sin(index / 37)) + (index % 97) * 5,
    );
    const frames = { tissue, black: new Uint16Array(6400), white: new Uint16Array(6400).fill(4095) };
    for (const [name, samples] of Object.entries(frames))
      for (const photometricInterpretation of ["MONOCHROME1", "MONOCHROME2"]) {
        const file = writeDicom({ rows: 80, columns: 80, bitsStored: 12, photometricInterpretation, samples });
        const minMax: Recipe = { version: 1, steps: [{ step: "scale", from: "minmax", padding: "keep" }] };
        const whole = await prepareImage(file, minMax, name);
        const { geometry, warnings, ...result } = await prepareImage(
          file,
          { version: 1, steps: [...minMax.steps, ...breastCrop.steps.slice(1)] } as Recipe,
          name,
        );
        assert.deepEqual(geometry.cropBox, { x: 0, y: 0, width: 80, height: 80 });
        assert.deepEqual(result.png, whole.png);
        assert.match(warnings.join(), /nothing was masked.*nothing was cropped/s);
      }
  });
});

/** The same picture under another laterality. */
function relabelled({ file }: DrawnMammogram, laterality: string): Uint8Array {
  const bytes = Buffer.from(file);
  const element = bytes.indexOf(Buffer.from("20006200", "hex"));
  bytes.write(laterality, element + 8, "latin1");
  return bytes;
}
