/**
 * Whether phantoms can be classified by anything but their lesions. 400 studies, drawn at a scale of 0.06; every share of
 * an image that a model could exploit is measured as an area under the ROC curve, with whole studies as the unit.
 */
import assert from "node:assert/strict";
import { evaluateBinary } from "@mammoflow/evaluation";
import { chiSquare } from "../../packages/dataset/src/chi-square.ts";
import { drawLesionPlan } from "../../packages/dataset/src/phantom/lesions.ts";
import { drawWindows } from "../../packages/dataset/src/phantom/makers.ts";
import { planStudies, type ImagePlan, type StudyPlan } from "../../packages/dataset/src/phantom/plan-studies.ts";
import { randomFor } from "../../packages/dataset/src/phantom/random.ts";
import {
  lesionBoxes,
  renderPhantom,
  type PhantomImage,
  type PixelBox,
} from "../../packages/dataset/src/phantom/render-phantom.ts";

const scale = 0.06;
/** Brightness, share of full, below which a pixel is background. */
const background = 0.05;

interface Measured {
  study: number;
  label: 0 | 1;
  birads: number;
  /** Everything a program can know without looking at the breast. */
  facts: number[];
  /** Simple features of the breast's pixels. */
  pixels: Record<string, number>;
  /** Inside of the lesion's box against its surroundings; in healthy breasts at a place drawn the same way. */
  contrast: number;
}

/** Brightness of each pixel, 0..1, whatever the maker's encoding. */
function brightnessOf({ samples }: PhantomImage, { maker }: ImagePlan): Float32Array {
  const { dark, bright } = maker.levels;
  const top = 2 ** maker.bitsStored - 1;
  const isMonochrome1 = maker.photometricInterpretation === "MONOCHROME1";
  return Float32Array.from(samples, (value) => ((isMonochrome1 ? top - value : value) - dark) / (bright - dark));
}

function simpleFeatures(brightness: Float32Array, image: PhantomImage): Record<string, number> {
  const breast = brightness.filter((value) => value > background).toSorted();
  const mean = breast.reduce((sum, value) => sum + value, 0) / breast.length;
  const variance = breast.reduce((sum, value) => sum + (value - mean) ** 2, 0) / breast.length;
  const percentile = (share: number) => breast[Math.floor(share * (breast.length - 1))] ?? 0;
  return {
    mean,
    "standard deviation": Math.sqrt(variance),
    "5 %": percentile(0.05),
    "25 %": percentile(0.25),
    median: percentile(0.5),
    "75 %": percentile(0.75),
    "95 %": percentile(0.95),
    "99 %": percentile(0.99),
    "99.5 %": percentile(0.995),
    "99.9 %": percentile(0.999),
    brightest: percentile(1),
    "breast area": breast.length * image.pixelMm ** 2,
    "image mean": brightness.reduce((sum, value) => sum + value, 0) / brightness.length,
  };
}

function contrastAt(brightness: Float32Array, { rows, columns }: PhantomImage, box: PixelBox): number {
  const [x, y, reach] = [
    (box.xmin + box.xmax) / 2,
    (box.ymin + box.ymax) / 2,
    Math.max((box.xmax - box.xmin) / 2, 1.5),
  ];
  const inside = { sum: 0, count: 0 };
  const around = { sum: 0, count: 0 };
  for (let row = Math.max(0, Math.floor(y - 2 * reach)); row <= Math.min(rows - 1, y + 2 * reach); row++) {
    for (
      let column = Math.max(0, Math.floor(x - 2 * reach));
      column <= Math.min(columns - 1, x + 2 * reach);
      column++
    ) {
      const value = brightness[row * columns + column]!;
      if (value <= background) continue;
      const distance = Math.hypot(column - x, row - y) / reach;
      const zone = distance < 0.7 ? inside : distance > 1.05 && distance < 1.9 ? around : undefined;
      if (!zone) continue;
      zone.sum += value;
      zone.count += 1;
    }
  }
  return inside.count && around.count ? inside.sum / inside.count - around.sum / around.count : 0;
}

/** One-hot where the fact is a name: the text burnt in, the maker, the view. */
function headerFacts(study: StudyPlan, plan: ImagePlan, image: PhantomImage): number[] {
  const { maker, laterality, viewPosition } = plan;
  const text = maker.hasBurntInLabel ? `${laterality}-${viewPosition}` : "";
  const texts = ["L-CC", "L-MLO", "R-CC", "R-MLO"].map((name) => Number(name === text));
  const makers = ["SIEMENS", "Planmed"].map((name) => Number(name === maker.manufacturer));
  const [window] = drawWindows(maker, randomFor(plan.seed, "window"));
  const side = Number(laterality === "L");
  const view = Number(viewPosition === "CC");
  const windowCentre = window!.center / 2 ** maker.bitsStored;
  const sizes = [image.rows / 200, image.columns / 150, maker.bitsStored / 14];
  return [1, ...texts, ...makers, side, view, side * view, windowCentre, ...sizes, study.ageYears / 50];
}

function measure(studies: StudyPlan[]): Measured[] {
  return studies.flatMap((study, index) =>
    study.breasts.flatMap(({ birads, images }) =>
      images.map((plan): Measured => {
        // The text is left out here, as a crop to the breast leaves it out: it would hide the brightest pixels.
        const image = renderPhantom({ ...plan, maker: { ...plan.maker, hasBurntInLabel: false } }, scale);
        const brightness = brightnessOf(image, plan);
        return {
          study: index,
          label: birads >= 3 ? 1 : 0,
          birads,
          facts: headerFacts(study, plan, image),
          pixels: simpleFeatures(brightness, image),
          contrast: contrastAt(brightness, image, image.boxes[0] ?? placeWithoutLesion(plan)),
        };
      }),
    ),
  );
}

/** Where a lesion would lie, were there one, drawn from the same grades. */
function placeWithoutLesion(plan: ImagePlan): PixelBox {
  const random = randomFor(plan.seed, "place without lesion");
  const lesion = drawLesionPlan(random.pick([4, 3, 5, 3, 4] as const), random);
  return lesionBoxes({ ...plan, lesions: [lesion] }, scale)[0]!;
}

/** Probabilities by a logistic regression that was fitted to the other half of the studies. */
function crossFitted(measured: Measured[]): number[] {
  const halves = [0, 1].map((half) => fitLogistic(measured.filter(({ study }) => study % 2 !== half)));
  return measured.map(({ study, facts }) => logistic(dot(halves[study % 2]!, facts)));
}

function fitLogistic(rows: Measured[]): number[] {
  const weights = rows[0]!.facts.map(() => 0);
  for (let step = 0; step < 400; step++) {
    const gradient = weights.map((weight) => 0.001 * weight);
    for (const { facts, label } of rows) {
      const error = logistic(dot(weights, facts)) - label;
      facts.forEach((fact, index) => (gradient[index]! += (error * fact) / rows.length));
    }
    gradient.forEach((slope, index) => (weights[index]! -= slope));
  }
  return weights;
}

const isMalignant = ({ breasts }: StudyPlan) => breasts.some(({ birads }) => birads >= 3);
const logistic = (x: number) => 1 / (1 + Math.exp(-x));
const dot = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * b[index]!, 0);

describe("phantoms are told apart by their lesions and by nothing else", function () {
  this.timeout(120_000);
  let studies: StudyPlan[] = [];
  let measured: Measured[] = [];

  before(() => {
    studies = planStudies(400, 11);
    measured = measure(studies);
  });

  function auc(scores: number[], among: Measured[] = measured) {
    const [low, high] = [Math.min(...scores), Math.max(...scores)];
    const { auc } = evaluateBinary({
      probabilities: scores.map((score) => (score - low) / (high - low || 1)),
      labels: among.map(({ label }) => label),
      groups: among.map(({ study }) => study),
      resamples: 400,
      seed: 1,
    });
    return auc as { value: number; low: number; high: number };
  }

  it("header facts, image size, age and burnt-in text together know nothing", () => {
    const { value, low, high } = auc(crossFitted(measured));
    assert.ok(low <= 0.5 && high >= 0.5, `AUC ${value.toFixed(3)} (${low.toFixed(3)}-${high.toFixed(3)})`);
  });

  it("brightness, its spread and percentiles, and the breast's area know little", () => {
    for (const name of Object.keys(measured[0]!.pixels)) {
      const { value } = auc(measured.map(({ pixels }) => pixels[name]!));
      assert.ok(value < 0.65 && value > 0.35, `${name}: AUC ${value.toFixed(3)}`);
    }
  });

  it("the contrast at the lesion's place knows nearly all, the more the higher the BI-RADS", () => {
    assert.ok(auc(measured.map(({ contrast }) => contrast)).value > 0.9);
    const [three, five] = [3, 5].map((grade) => {
      const among = measured.filter(({ birads }) => birads < 3 || birads === grade);
      return auc(
        among.map(({ contrast }) => contrast),
        among,
      ).value;
    });
    assert.ok(five! > three!, `BI-RADS 3 ${three}, BI-RADS 5 ${five}`);
  });

  it("density, maker, side and split are independent of the class", () => {
    const independence = (nameOf: (study: StudyPlan) => string) => {
      const names = [...new Set(studies.map(nameOf))];
      const counts = [true, false].map((malignant) =>
        names.map(
          (name) => studies.filter((study) => isMalignant(study) === malignant && nameOf(study) === name).length,
        ),
      );
      return chiSquare(counts).p;
    };
    assert.ok(independence(({ density }) => density) > 0.05);
    assert.ok(independence(({ maker }) => maker.manufacturer) > 0.05);
    assert.ok(independence(({ split }) => split) > 0.5, "stratified");
    const left = measured.filter(({ label }) => label === 1).length / 2;
    const malignantLeft = studies.filter(({ breasts }) =>
      breasts.some(({ laterality, birads }) => laterality === "L" && birads >= 3),
    ).length;
    assert.ok(Math.abs(malignantLeft / left - 0.5) < 0.1, `${malignantLeft} of ${left}`);
  });
});
