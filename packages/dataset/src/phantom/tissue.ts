/** Turns an anatomy into the brightness of its tissue: fat, gland, ligaments, vessels, muscle, skin. */
import type { Density } from "../dataset.ts";
import { fieldStepMm, readField, type Anatomy } from "./anatomy.ts";
import { createLayer, type Layer } from "./layer.ts";
import type { Random } from "./random.ts";
import { at, createTexture, smoothstep } from "./texture.ts";

/** How a breast takes up X-rays; both its views share it. */
export interface TissueLevels {
  density: Density;
  /** Brightness, share of full. */
  fat: number;
  gland: number;
  muscle: number;
}

/** How much of the breast's core is gland: where noise plus the distance from the core exceeds this, there is gland. */
const glandThreshold: Record<Density, number> = { A: 1.05, B: 0.72, C: 0.42, D: 0.08 };

/** Strands run towards the nipple: their texture is drawn in angle and distance about a point in front of it. */
const fan = { pivotBeyondNippleMm: 28, stepsPerRadian: 110, mmPerStep: 1.6, angleSteps: 400, distanceSteps: 190 };

/**
 * @param stepMm size of a step of the returned grid, which is as high as the image and as wide as the breast.
 * @param added what to add to the tissue; of the same size as the result (see `tissueSize`).
 * @returns brightness before detector and label, share of full; 0 outside the breast.
 */
export function renderTissue(anatomy: Anatomy, levels: TissueLevels, added: Layer, random: Random): Layer {
  const { width, height, stepMm } = added;
  const tissue = createLayer(width, height, stepMm);
  const octaves = Math.max(2, Math.min(7, Math.round(Math.log2(32 / stepMm))));
  const grain = createTexture(width, height, octaves, 0.68, random);
  const strands = createTexture(fan.angleSteps, fan.distanceSteps, 5, 0.72, random);
  const ligaments = createTexture(fan.angleSteps, fan.distanceSteps, 4, 0.6, random);
  for (let index = 0; index < ligaments.values.length; index++) {
    ligaments.values[index] = Math.exp(-((at(ligaments.values, index) / 0.16) ** 2));
  }
  const streaks = createTexture(512, 1, 6, 0.8, random);
  const threshold = glandThreshold[levels.density];
  const rows = createRowReader(anatomy, width, stepMm);
  const lastAngle = fan.angleSteps - 1.001;
  const lastDistance = fan.distanceSteps - 1.001;

  for (let row = 0; row < height; row++) {
    const y = row * stepMm;
    const { skin, angle, distance, core } = rows.read(y);
    const muscle = muscleEdge(anatomy, y);
    for (let column = 0, index = row * width; column < width; column++, index++) {
      const depth = at(skin, column);
      if (depth <= -1) continue;
      const x = column * stepMm;
      const noise = at(grain.values, index);

      const u = Math.min(Math.max(at(angle, column), 0), lastAngle);
      const v = Math.min(Math.max(at(distance, column), 0), lastDistance);
      const corner = (v | 0) * fan.angleSteps + (u | 0);
      const strand = bilinear(strands.values, corner, fan.angleSteps, u - (u | 0), v - (v | 0));
      const ligament = bilinear(ligaments.values, corner, fan.angleSteps, u - (u | 0), v - (v | 0));

      const isGland =
        smoothstep(-0.38, 0.46, at(core, column) + 0.22 * noise + 0.24 * strand - threshold) * smoothstep(3, 13, depth);
      let brightness =
        levels.fat * (1 + 0.09 * noise) +
        (levels.gland - levels.fat) * isGland * (0.86 + 0.13 * strand + 0.08 * noise) +
        ligament * (0.055 - 0.02 * isGland) * smoothstep(1, 5, depth);
      if (muscle.edge > 0) {
        const share = smoothstep(-1.4, 1.4, (muscle.edge - x) * muscle.slope);
        const streak = at(
          streaks.values,
          Math.min(511, Math.max(0, ((x / muscle.widthMm + y / muscle.heightMm) * 250) | 0)),
        );
        brightness += share * (levels.muscle * (1 + 0.022 * streak + 0.05 * noise) - brightness);
      }
      const thickness = depth < 15 ? 0.48 + 0.52 * Math.sqrt(1 - (1 - Math.max(depth, 0) / 15) ** 2) : 1;
      const skinLine = depth < 4 ? 0.075 * Math.exp(-(((depth - 0.9) / 0.9) ** 2)) : 0;
      const inside = smoothstep(-0.35 - stepMm / 2, 0.35 + stepMm / 2, depth);
      tissue.values[index] =
        softCeiling((brightness + at(added.values, index) * (1 + 0.12 * noise)) * thickness + skinLine) * inside;
    }
  }
  return tissue;
}

/** Where brightness begins to saturate, and how far above that it ends. */
const ceiling = { from: 0.74, span: 0.18 };

/** Bright things run into saturation gently, as a display curve has it. */
function softCeiling(brightness: number): number {
  const { from, span } = ceiling;
  return brightness < from ? brightness : from + span * (1 - Math.exp((from - brightness) / span));
}

function bilinear(values: Float32Array, corner: number, width: number, right: number, down: number): number {
  const upper = at(values, corner) + (at(values, corner + 1) - at(values, corner)) * right;
  const below = corner + width;
  const lower = at(values, below) + (at(values, below + 1) - at(values, below)) * right;
  return upper + (lower - upper) * down;
}

function muscleEdge({ pectoral }: Anatomy, y: number) {
  if (!pectoral || y >= pectoral.heightMm) return { edge: 0, slope: 1, widthMm: 1, heightMm: 1 };
  const { widthMm, heightMm, bend } = pectoral;
  return {
    edge: widthMm * (1 - y / heightMm) ** bend,
    slope: 1 / Math.hypot(1, widthMm / heightMm),
    widthMm,
    heightMm,
  };
}

/** The nipple goes over into the skin within this distance. */
const nippleBlendMm = 4;

/** The larger of two distances, rounded off where they are nearly equal. */
function blendedMaximum(a: number, b: number): number {
  const overlap = Math.max(nippleBlendMm - Math.abs(a - b), 0) / nippleBlendMm;
  return Math.max(a, b) + (overlap * overlap * nippleBlendMm) / 4;
}

/** Smooth quantities, computed at the coarse grid's columns for one row and drawn out to the fine grid. */
function createRowReader(anatomy: Anatomy, width: number, stepMm: number) {
  const fine = () => new Float32Array(width);
  const row = { skin: fine(), angle: fine(), distance: fine(), core: fine() };
  const knots = Math.ceil((width * stepMm) / fieldStepMm) + 2;
  const coarse = {
    skin: new Float32Array(knots),
    angle: new Float32Array(knots),
    distance: new Float32Array(knots),
    core: new Float32Array(knots),
  };
  const pivotX = anatomy.depthMm + fan.pivotBeyondNippleMm;

  return {
    /** The row's skin distance (mm), place in the fan (steps) and closeness to the gland's core (1 at its centre). */
    read(y: number) {
      const dy = y - anatomy.nippleYMm;
      for (let knot = 0; knot < knots; knot++) {
        const x = knot * fieldStepMm;
        coarse.skin[knot] = readField(anatomy.skinDistance, x, y);
        coarse.angle[knot] = fan.angleSteps / 2 + fan.stepsPerRadian * Math.atan2(dy, Math.max(pivotX - x, 1));
        coarse.distance[knot] = Math.hypot(pivotX - x, dy) / fan.mmPerStep;
        const across = (x - anatomy.depthMm * 0.58) / (anatomy.depthMm * 0.52);
        coarse.core[knot] = 1 - Math.hypot(across, (dy + anatomy.halfHeightMm * 0.08) / (anatomy.halfHeightMm * 0.78));
      }
      for (let column = 0; column < width; column++) {
        const position = (column * stepMm) / fieldStepMm;
        const knot = position | 0;
        const share = position - knot;
        row.skin[column] = at(coarse.skin, knot) * (1 - share) + at(coarse.skin, knot + 1) * share;
        row.angle[column] = at(coarse.angle, knot) * (1 - share) + at(coarse.angle, knot + 1) * share;
        row.distance[column] = at(coarse.distance, knot) * (1 - share) + at(coarse.distance, knot + 1) * share;
        row.core[column] = at(coarse.core, knot) * (1 - share) + at(coarse.core, knot + 1) * share;
        const skin = at(row.skin, column);
        const nipple = anatomy.nippleRadiusMm - Math.hypot((column * stepMm - anatomy.depthMm) * 0.9, dy);
        if (nipple > skin - nippleBlendMm) row.skin[column] = blendedMaximum(nipple, skin);
      }
      return row;
    },
  };
}
