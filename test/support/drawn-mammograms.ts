import { writeDicom } from "@mammoflow/dicom";
import { planStudies, type ImagePlan } from "../../packages/dataset/src/phantom/plan-studies.ts";
import { renderPhantom, type PhantomImage } from "../../packages/dataset/src/phantom/render-phantom.ts";

export type { ImagePlan };

export interface DrawnMammogram {
  plan: ImagePlan;
  /** The DICOM file. */
  file: Uint8Array;
  width: number;
  height: number;
  /** 1 where the phantom's breast is, 0 elsewhere, `[height, width]`; known because it was drawn. */
  breast: Uint8Array;
  /** 1 where something was drawn beside the breast: burnt-in text, a paddle's edges. */
  beside: Uint8Array;
}

export interface Drawing {
  /** A bright ellipse that takes this share of the breast's width and height, against the chest wall. */
  implantShare?: number;
  /** Bright lines over the whole frame, a few of them across the breast, as edges of a compression paddle. */
  hasPaddle?: boolean;
}

/** Plans of phantom images: both sides, both views, all makers. */
export function phantomPlans(studies: number, seed: number): ImagePlan[] {
  return planStudies(studies, seed).flatMap(({ breasts }) => breasts.flatMap(({ images }) => images));
}

/** Of each plan once, because rendering takes much longer than all that is tested. */
const rendered = new Map<string, { bare: PhantomImage; labelled: PhantomImage }>();

function render(plan: ImagePlan, scale: number): { bare: PhantomImage; labelled: PhantomImage } {
  const key = `${plan.imageId} ${scale}`;
  const known = rendered.get(key);
  if (known) return known;
  const { maker } = plan;
  const bare = renderPhantom({ ...plan, maker: { ...maker, hasBurntInLabel: false } }, scale);
  const images = { bare, labelled: maker.hasBurntInLabel ? renderPhantom(plan, scale) : bare };
  rendered.set(key, images);
  return images;
}

/** A phantom with what phantoms do not have. */
export function drawMammogram(
  plan: ImagePlan,
  scale: number,
  { implantShare, hasPaddle }: Drawing = {},
): DrawnMammogram {
  const { maker, laterality, viewPosition } = plan;
  const { bare, labelled } = render(plan, scale);
  const { rows: height, columns: width } = labelled;
  const samples = labelled.samples.slice();
  const isInverted = maker.photometricInterpretation === "MONOCHROME1";
  const { dark, bright } = maker.levels;
  const stored = (brightness: number): number => {
    const value = Math.round(dark + brightness * (bright - dark));
    return isInverted ? 2 ** maker.bitsStored - 1 - value : value;
  };
  const background = maker.pixelPadding ?? stored(0);
  const breast = Uint8Array.from(bare.samples, (sample) => (sample === background ? 0 : 1));
  const beside = Uint8Array.from(samples, (sample, index) => (sample === bare.samples[index] ? 0 : 1));

  if (implantShare !== undefined) {
    const [left, top, right, bottom] = extentOf(breast, width);
    const middle = [laterality === "L" ? left : right, (top + bottom) / 2] as const;
    const radii = [(right - left) * implantShare, ((bottom - top) * implantShare) / 2] as const;
    for (const index of breast.keys()) {
      const [x, y] = [index % width, Math.floor(index / width)];
      const isIn = Math.hypot((x - middle[0]) / radii[0], (y - middle[1]) / radii[1]) < 1;
      if (isIn && breast[index] === 1) samples[index] = stored(0.97);
    }
  }
  if (hasPaddle === true) {
    const thickness = Math.max(2, Math.round(width / 300));
    const lines = [0.2, 0.5, 0.8].map((share) => Math.round(height * share));
    const upright = Math.round(width * (laterality === "L" ? 0.75 : 0.25));
    for (const index of breast.keys()) {
      const [x, y] = [index % width, Math.floor(index / width)];
      const isOnLine =
        lines.some((line) => Math.abs(y - line) < thickness / 2) || Math.abs(x - upright) < thickness / 2;
      if (!isOnLine || breast[index] === 1) continue;
      samples[index] = stored(0.55);
      beside[index] = 1;
    }
  }
  const file = writeDicom({
    rows: height,
    columns: width,
    samples,
    bitsStored: maker.bitsStored,
    photometricInterpretation: maker.photometricInterpretation,
    windows: [{ center: stored(0.5), width: bright - dark }],
    ...(maker.pixelPadding !== undefined && { pixelPadding: maker.pixelPadding }),
    laterality,
    viewPosition,
  });
  return { plan, file, width, height, breast, beside };
}

function extentOf(mask: Uint8Array, width: number): [left: number, top: number, right: number, bottom: number] {
  const extent: [number, number, number, number] = [width, Infinity, 0, 0];
  for (const [index, cell] of mask.entries()) {
    if (cell === 0) continue;
    const [x, y] = [index % width, Math.floor(index / width)];
    extent[0] = Math.min(extent[0], x);
    extent[1] = Math.min(extent[1], y);
    extent[2] = Math.max(extent[2], x + 1);
    extent[3] = Math.max(extent[3], y + 1);
  }
  return extent;
}
