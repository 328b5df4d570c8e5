import assert from "node:assert/strict";
import type { TrainingImages } from "@mammoflow/jobs";
import { prepareImage, recipePresets } from "@mammoflow/imaging";
import sharp from "sharp";
import { hotRegions } from "../../packages/serving/src/child/hot-regions.ts";
import type { JudgedImage } from "../../packages/serving/src/child/serve-request.ts";
import { predictionOf } from "../../packages/serving/src/prediction-of.ts";
import type { ModelFacts } from "../../packages/serving/src/served-model.ts";
import { drawMammogram, phantomPlans } from "../support/drawn-mammograms.ts";

const facts: ModelFacts = {
  id: "run/model",
  run: "run",
  experiment: "model",
  backbone: "resnet18",
  part: "head",
  strategy: "none",
  weights: { title: "", source: "", licence: "", sha256: "" },
  version: "v",
  recipe: {},
  recipeHash: "r",
  sizePx: 256,
  levels: {
    image: { threshold: 0.3, chosen: "", calibration: { by: "temperature", slope: 2, intercept: 0 } },
    breast: { threshold: 0.4, chosen: "", calibration: null },
    patient: { threshold: 0.5, chosen: "", calibration: null },
  },
  testFlips: "none",
  aggregation: "mean",
  protocol: null,
  trainingImages: null,
  isSynthetic: true,
  intendedUse: "",
  notIntended: "",
  limits: [],
  card: null,
};
const training: TrainingImages = {
  images: 100,
  views: { CC: 50, MLO: 50 },
  longerSidePx: { least: 3000, most: 4000 },
  likeness: {
    of: "features",
    mean: [],
    deviation: [],
    trainingImages: 100,
    validationImages: 20,
    quantile: 0.99,
    threshold: 1.5,
  },
};
const timing = { decodeMs: 1, prepareMs: 2, networkMs: 3 };
const image = (probability: number, header: Partial<JudgedImage["header"]> = {}, unlikeness = 1): JudgedImage => ({
  probability,
  unlikeness,
  header: { rows: 3518, columns: 2800, bitsStored: 12, modality: "MG", viewPosition: "CC", ...header },
  warnings: [],
});
const answer = (images: JudgedImage[], about: TrainingImages | null = training) =>
  predictionOf({ images, timing }, facts, about);

describe("an answer about given images", () => {
  it("is of the image for one, of the breast for views of one side, of the patient for more, at each one's threshold", () => {
    const one = answer([image(0.3)]);
    assert.deepEqual([one.level, one.probability, one.threshold, one.label], ["image", 0.3, 0.3, 1]);
    assert.ok(Math.abs(one.calibrated! - 0.09 / (0.09 + 0.49)) < 1e-12); // the odds of .3, squared
    const [left, right] = [{ laterality: "L" }, { laterality: "R" }];
    const breast = answer([image(0.2, left), image(0.5, left)]);
    assert.deepEqual([breast.level, breast.probability, breast.label, breast.calibrated], ["breast", 0.35, 0, null]);
    const patient = answer([image(0.2, left), image(0.5, left), image(0.6, right), image(0.5, right)]);
    assert.deepEqual([patient.level, patient.probability, patient.label], ["patient", 0.55, 1]);
    assert.equal(patient.review, "required");
  });

  it("takes an image whose side is not known for a breast of its own, and says so", () => {
    const exam = answer([image(0.2), image(0.9), image(0.4, { laterality: "L" })]);
    assert.deepEqual([exam.level, exam.probability], ["patient", 0.9]);
    assert.match(exam.warnings.find(({ code }) => code === "INCOMPLETE")!.message, /side of 2 of 3 images/);
  });

  it("warns of what the header says and the training images were not, and of nothing where all is as usual", () => {
    const codesOf = (header: Partial<JudgedImage["header"]>, unlikeness?: number): string[] =>
      answer([image(0.1, header, unlikeness)]).warnings.map(({ code }) => code);
    assert.deepEqual(codesOf({}), []);
    assert.deepEqual(codesOf({ modality: "CR" }), ["MODALITY"]);
    assert.deepEqual(codesOf({ viewPosition: "XCCL" }), ["VIEW"]);
    assert.deepEqual(codesOf({ hasImplant: true, burnedInAnnotation: "YES" }), ["IMPLANT", "BURNT_IN_TEXT"]);
    assert.deepEqual(codesOf({ rows: 1499, columns: 1400 }), ["SIZE"]);
    assert.deepEqual(codesOf({ rows: 8001 }), ["SIZE"]);
    assert.deepEqual(codesOf({ rows: 1500, columns: 1400 }), []);
    assert.deepEqual(codesOf({}, 1.51), ["UNLIKE_TRAINING"]);
    const [warning] = answer([image(0.1), image(0.1, { modality: "CR" })]).warnings;
    assert.deepEqual([warning!.code, warning!.image], ["MODALITY", 1]);
  });

  it("says nothing of likeness where the run stored no statistics, and goes by the model's own size and the usual views", () => {
    const said = (header: Partial<JudgedImage["header"]>): string[] =>
      predictionOf({ images: [{ ...image(0.1, header), unlikeness: null }], timing }, facts, null).warnings.map(
        ({ code }) => code,
      );
    assert.deepEqual(said({}), []);
    assert.deepEqual(said({ viewPosition: "XCCL", rows: 255, columns: 200 }), ["VIEW", "SIZE"]);
  });
});

describe("regions of a map", () => {
  const sizePx = 10;
  const heatOf = (cells: [x: number, y: number, heat: number][]): Float32Array => {
    const heat = new Float32Array(sizePx * sizePx);
    for (const [x, y, value] of cells) heat[y * sizePx + x] = value;
    return heat;
  };
  const whole = { x: 0, y: 0, width: sizePx, height: sizePx };

  it("are what hangs together above half of the hottest, with their share of all heat, the largest first", () => {
    const heat = heatOf([
      [1, 1, 3],
      [7, 5, 4],
      [7, 6, 4],
      [8, 6, 4],
      [4, 9, 1],
    ]);
    const geometry = { cropBox: whole, isMirrored: false, contentBox: whole };
    assert.deepEqual(hotRegions(heat, sizePx, geometry), [
      { box: { x: 7, y: 5, width: 2, height: 2 }, share: 12 / 16 },
      { box: { x: 1, y: 1, width: 1, height: 1 }, share: 3 / 16 },
    ]);
    assert.deepEqual(hotRegions(new Float32Array(100), sizePx, geometry), []);
  });

  it("lie in the pixels of the image that was given: mirrored back, enlarged, without padding", () => {
    const geometry = {
      cropBox: { x: 100, y: 50, width: 80, height: 100 },
      isMirrored: true,
      contentBox: { x: 0, y: 0, width: 8, height: 10 },
    };
    const heat = heatOf([
      [0, 0, 1],
      [9, 9, 1],
    ]);
    assert.deepEqual(hotRegions(heat, sizePx, geometry), [
      { box: { x: 170, y: 50, width: 10, height: 10 }, share: 0.5 },
    ]);
  });
});

describe("a picture that may be inverted", () => {
  it("is told by its white air; as it should be, and with MONOCHROME1 in its header, it is not", async () => {
    for (const plan of phantomPlans(8, 3).slice(0, 12)) {
      const { file } = drawMammogram(plan, 0.1);
      const { warnings } = await prepareImage(file, recipePresets.mammogram, "a phantom");
      assert.ok(
        !warnings.some((warning) => warning.includes("inverted")),
        `${plan.maker.photometricInterpretation} ${warnings.join()}`,
      );
    }
    const air = Buffer.from(Uint8Array.from({ length: 200 * 300 }, (_, at) => (at % 200 < 80 ? 150 + (at % 60) : 8)));
    const picture = (pixels: Buffer): Promise<Buffer> =>
      sharp(pixels, { raw: { width: 200, height: 300, channels: 1 } })
        .png()
        .toBuffer();
    const warningsOf = async (pixels: Buffer): Promise<string> =>
      (await prepareImage(await picture(pixels), recipePresets.mammogram, "a picture")).warnings.join();
    assert.doesNotMatch(await warningsOf(air), /inverted/);
    assert.match(await warningsOf(Buffer.from(air.map((level) => 255 - level))), /may be shown inverted/);
  });
});
