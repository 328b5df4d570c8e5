/** Draws lesions on the sheet that is added to the tissue. */
import { addPatch, drawStroke, type Layer, type PointMm } from "./layer.ts";
import { pullOf, type Lesion } from "./lesions.ts";
import type { Random } from "./random.ts";
import { smoothstep } from "./texture.ts";

/** What distinguishes the outlines of masses. */
interface MassShape {
  /** Amplitude of the outline's waves: 0.1 is nearly oval, 0.3 is irregular. */
  irregularity: number;
  /** Darkness of the fat around, a share of the mass's contrast: it keeps the image as bright as it would be without. */
  halo: number;
}

/** Draws the centre larger by what the pull of the tissue will shrink it again. */
export function drawLesion(layer: Layer, lesion: Lesion, centre: PointMm, random: Random): void {
  const drawn = { ...lesion, radiusMm: lesion.radiusMm * (1 + pullOf(lesion, centre).share * 0.9) };
  switch (lesion.kind) {
    case "mass":
      drawMass(layer, drawn, centre, { irregularity: 0.18, halo: 0.3 }, random);
      break;
    case "spiculated-mass":
      drawMass(layer, { ...drawn, radiusMm: drawn.radiusMm * 0.9 }, centre, { irregularity: 0.34, halo: 0.4 }, random);
      break;
    case "calcifications":
      drawCalcifications(layer, drawn, centre, random);
      break;
    case "asymmetry":
      drawAsymmetry(layer, drawn, centre, random);
      break;
  }
  if (lesion.distortion > 0) drawSpicules(layer, drawn, centre, random);
}

function drawMass(
  layer: Layer,
  { radiusMm, contrast }: Lesion,
  centre: PointMm,
  { irregularity, halo }: MassShape,
  random: Random,
): void {
  const waves = [2, 3, 4, 5, 7, 11].map((count) => ({
    count,
    amplitude: (irregularity * random.between(0.3, 1)) / Math.sqrt(count),
    phase: random.between(0, 2 * Math.PI),
  }));
  addPatch(layer, centre, radiusMm * 2.6, (dx, dy) => {
    const angle = Math.atan2(dy, dx);
    const wave = waves.reduce(
      (sum, { count, amplitude, phase }) => sum + amplitude * Math.cos(count * angle + phase),
      1,
    );
    const away = Math.hypot(dx, dy) / radiusMm;
    const inside = smoothstep(1.25, 0.75, away / wave);
    return contrast * (inside - halo * ringOfFat(away));
  });
}

/** The darker fat around a lesion: 1 in the middle of the ring. @param away distance from the centre in radii. */
function ringOfFat(away: number): number {
  return Math.exp(-(((away - 1.65) / 0.38) ** 2));
}

/** Lines that leave the centre in all directions and taper off: many short and faint ones, few that are long and plain. */
function drawSpicules(layer: Layer, { radiusMm, contrast, distortion }: Lesion, centre: PointMm, random: Random): void {
  const count = 26 + random.below(18);
  const strength = contrast * (0.3 + 0.7 * distortion);
  for (let spicule = 0; spicule < count; spicule++) {
    const plainness = random.uniform() ** 2;
    const lengthMm = radiusMm * (0.5 + 1.3 * plainness);
    const bend = random.normal() * 0.22;
    const start = (2 * Math.PI * (spicule + random.between(-0.7, 0.7))) / count;
    const steps = Math.ceil(lengthMm / 0.35);
    const dots = Array.from({ length: steps + 1 }, (_, step) => {
      const share = step / steps;
      const distance = radiusMm * 0.6 + lengthMm * share;
      const angle = start + bend * share * share;
      return {
        xMm: centre.xMm + distance * Math.cos(angle),
        yMm: centre.yMm + distance * Math.sin(angle),
        radiusMm: 0.4 + 0.35 * plainness - 0.3 * share,
        brightness: strength * (0.5 + 0.4 * plainness) * (1 - 0.75 * share),
      };
    });
    drawStroke(layer, dots);
  }
}

/** A wide cluster of bright grains of many shapes in a faint haze. */
function drawCalcifications(layer: Layer, { radiusMm, contrast }: Lesion, centre: PointMm, random: Random): void {
  const spread = radiusMm * 0.5;
  addPatch(layer, centre, radiusMm * 2.6, (dx, dy) => {
    const away = Math.hypot(dx, dy) / radiusMm;
    return contrast * (0.75 * Math.exp(-away * away) - 0.25 * ringOfFat(away));
  });
  const count = Math.round(radiusMm * random.between(6, 10));
  for (let grain = 0; grain < count; grain++) {
    const place = { xMm: centre.xMm + random.normal() * spread, yMm: centre.yMm + random.normal() * spread };
    drawGrain(layer, place, contrast * random.between(1.1, 1.9), random);
  }
}

/** A grain or a short branch, as calcium in a duct takes its shape. Never smaller than what a pixel can show. */
function drawGrain(layer: Layer, { xMm, yMm }: PointMm, brightness: number, random: Random): void {
  const radiusMm = random.between(0.18, 0.48);
  const lengthMm = random.uniform() < 0.4 ? random.between(0.6, 2.2) : 0;
  const angle = random.between(0, Math.PI);
  const stepMm = 0.3;
  const dots = Array.from({ length: Math.ceil(lengthMm / stepMm) + 1 }, (_, step) => ({
    xMm: xMm + stepMm * step * Math.cos(angle),
    yMm: yMm + stepMm * step * Math.sin(angle),
    radiusMm,
    brightness,
  }));
  drawStroke(layer, dots);
}

/** A patch of density without an outline. */
function drawAsymmetry(layer: Layer, { radiusMm, contrast }: Lesion, centre: PointMm, random: Random): void {
  const angle = random.between(0, Math.PI);
  const stretch = random.between(1, 1.5);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  addPatch(layer, centre, radiusMm * 2.6, (dx, dy) => {
    const along = (dx * cosine + dy * sine) / stretch;
    const across = (dy * cosine - dx * sine) * stretch;
    const away = Math.hypot(along, across) / radiusMm;
    return contrast * (Math.exp(-0.9 * away * away) - 0.25 * ringOfFat(away));
  });
}
