/** Renders one phantom image: anatomy, normal structures, lesions, tissue, detector, label. */
import type { Laterality, ViewPosition } from "../dataset.ts";
import { drawAnatomy, type BreastSize } from "./anatomy.ts";
import { burnLabel } from "./burn-label.ts";
import { detectTissue, type ImageSize } from "./detect-tissue.ts";
import { createLayer } from "./layer.ts";
import { drawLesion } from "./draw-lesion.ts";
import { boxReachMm, placeLesion, pullOf, type Lesion } from "./lesions.ts";
import { pixelSpacingMm, type Maker } from "./makers.ts";
import { drawNormalStructures } from "./normal-structures.ts";
import { pullTissue } from "./pull-tissue.ts";
import { randomFor } from "./random.ts";
import { renderTissue, type TissueLevels } from "./tissue.ts";

/** All that is needed to draw one image, the same each time. */
export interface PhantomPlan {
  /** Names the image's random streams. */
  seed: string;
  laterality: Laterality;
  viewPosition: ViewPosition;
  maker: Maker;
  size: BreastSize;
  levels: TissueLevels;
  lesions: readonly Lesion[];
}

/** In pixels; may be cut by the image's edge. */
export interface PixelBox {
  xmin: number;
  ymin: number;
  xmax: number;
  ymax: number;
}

export interface PhantomImage extends ImageSize {
  /** `[rows, columns]`, stored values. */
  samples: Uint16Array<ArrayBuffer>;
  /** One for each lesion of the plan, in its order. */
  boxes: PixelBox[];
}

/** Tissue is drawn no finer than this; larger images are interpolated, and get their noise pixel by pixel. */
const finestStepMm = 0.28;

/**
 * The random streams of anatomy, tissue and detector do not know whether there are lesions, so that an image with and
 * without differs by its lesions alone.
 *
 * @param scale 1 draws the maker's full size, 0.3 a third of it.
 */
export function renderPhantom(plan: PhantomPlan, scale: number): PhantomImage {
  const { maker, laterality, viewPosition, seed } = plan;
  const size = imageSize(maker, scale);
  const { anatomy, places } = arrangePhantom(plan, size);
  const stepMm = Math.max(finestStepMm, size.pixelMm);
  const breastWidthMm = Math.min(anatomy.depthMm + anatomy.nippleRadiusMm + 3, anatomy.widthMm);
  const [width, height] = [breastWidthMm, anatomy.heightMm].map((mm) => Math.ceil(mm / stepMm) + 2);
  const added = createLayer(width ?? 2, height ?? 2, stepMm);
  drawNormalStructures(added, anatomy, randomFor(seed, "structures"));
  for (const [index, { lesion, centre }] of places.entries()) {
    drawLesion(added, lesion, centre, randomFor(seed, "lesion", index));
  }
  const tissue = renderTissue(anatomy, plan.levels, added, randomFor(seed, "tissue"));
  for (const { lesion, centre } of places) {
    if (lesion.distortion > 0) pullTissue(tissue, pullOf(lesion, centre));
  }
  const samples = detectTissue(tissue, size, maker, laterality, randomFor(seed, "detector"));
  if (maker.hasBurntInLabel) {
    burnLabel(samples, size, `${laterality}-${viewPosition}`, laterality, maker.levels.bright);
  }
  return { ...size, samples, boxes: places.map(({ lesion, centre }) => toPixelBox(centre, lesion, size, laterality)) };
}

/** Where `renderPhantom` puts the lesions of a plan, without drawing anything. */
export function lesionBoxes(plan: PhantomPlan, scale: number): PixelBox[] {
  const size = imageSize(plan.maker, scale);
  return arrangePhantom(plan, size).places.map(({ lesion, centre }) =>
    toPixelBox(centre, lesion, size, plan.laterality),
  );
}

function imageSize(maker: Maker, scale: number): ImageSize {
  return {
    rows: Math.round(maker.rows * scale),
    columns: Math.round(maker.columns * scale),
    pixelMm: pixelSpacingMm / scale,
  };
}

function arrangePhantom({ size: breastSize, viewPosition, seed, lesions }: PhantomPlan, size: ImageSize) {
  const extent = { widthMm: size.columns * size.pixelMm, heightMm: size.rows * size.pixelMm };
  const anatomy = drawAnatomy(breastSize, viewPosition, extent, randomFor(seed, "anatomy"));
  const places = lesions.map((lesion, index) => ({
    lesion,
    centre: placeLesion(anatomy, lesion, randomFor(seed, "place", index)),
  }));
  return { anatomy, places };
}

function toPixelBox(
  { xMm, yMm }: { xMm: number; yMm: number },
  lesion: Lesion,
  { rows, columns, pixelMm }: ImageSize,
  laterality: Laterality,
): PixelBox {
  const x = laterality === "L" ? xMm / pixelMm : columns - 1 - xMm / pixelMm;
  const y = yMm / pixelMm;
  const reach = boxReachMm(lesion) / pixelMm;
  return {
    xmin: Math.max(x - reach, 0),
    ymin: Math.max(y - reach, 0),
    xmax: Math.min(x + reach, columns),
    ymax: Math.min(y + reach, rows),
  };
}
