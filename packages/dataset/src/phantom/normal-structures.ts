/** What healthy breasts show too, drawn for every breast alike: vessels, lymph nodes, single coarse calcifications, summation shadows. */
import { readField, type Anatomy } from "./anatomy.ts";
import { addPatch, drawStroke, type Layer } from "./layer.ts";
import type { Random } from "./random.ts";
import { smoothstep } from "./texture.ts";

export function drawNormalStructures(layer: Layer, anatomy: Anatomy, random: Random): void {
  const vessels = 2 + random.below(3);
  for (let vessel = 0; vessel < vessels; vessel++) drawVessel(layer, anatomy, random);
  if (anatomy.pectoral && random.uniform() < 0.4) drawLymphNode(layer, anatomy, random);
  const shadows = random.below(4);
  for (let shadow = 0; shadow < shadows; shadow++) drawSummationShadow(layer, anatomy, random);
  const islands = Math.max(random.below(5) - 2, 0);
  for (let island = 0; island < islands; island++) drawIsland(layer, anatomy, random);
  const calcifications = random.uniform() < 0.2 ? 8 + random.below(20) : random.below(4);
  for (let grain = 0; grain < calcifications; grain++) drawCoarseCalcification(layer, anatomy, random);
}

/** A winding line from near the chest wall towards the nipple. */
function drawVessel(layer: Layer, anatomy: Anatomy, random: Random): void {
  const { depthMm, nippleYMm, halfHeightMm } = anatomy;
  const side = random.uniform() < 0.5 ? -1 : 1;
  let xMm = depthMm * random.between(0, 0.25);
  let yMm = nippleYMm + side * halfHeightMm * random.between(0.3, 0.85);
  let heading = Math.atan2(nippleYMm - yMm, depthMm * 1.4 - xMm) + side * random.between(-0.3, 0.2);
  const lengthMm = depthMm * random.between(0.45, 0.8);
  const radiusMm = random.between(0.5, 0.95);
  const brightness = random.between(0.05, 0.1);
  const stepMm = 0.5;
  let turn = 0;
  const dots = [];
  for (let gone = 0; gone < lengthMm && readField(anatomy.skinDistance, xMm, yMm) > 3; gone += stepMm) {
    turn = turn * 0.93 + random.normal() * 0.012;
    heading += turn;
    xMm += stepMm * Math.cos(heading);
    yMm += stepMm * Math.sin(heading);
    dots.push({ xMm, yMm, radiusMm: radiusMm * (1 - (0.6 * gone) / lengthMm), brightness });
  }
  drawStroke(layer, dots);
}

/** A small bean with a lucent middle in the armpit's tail. */
function drawLymphNode(layer: Layer, anatomy: Anatomy, random: Random): void {
  const radiusMm = random.between(3, 5);
  const centre = {
    xMm: anatomy.depthMm * random.between(0.1, 0.5),
    yMm: anatomy.nippleYMm * random.between(0.08, 0.5),
  };
  const angle = random.between(0, Math.PI);
  const brightness = random.between(0.08, 0.14);
  addPatch(layer, centre, radiusMm * 1.8, (dx, dy) => {
    const along = (dx * Math.cos(angle) + dy * Math.sin(angle)) / 1.4;
    const across = dy * Math.cos(angle) - dx * Math.sin(angle);
    const rim = smoothstep(1.1, 0.8, Math.hypot(along, across) / radiusMm);
    const hilum = smoothstep(0.65, 0.3, Math.hypot(along, across - radiusMm * 0.4) / radiusMm);
    return brightness * (rim - 0.8 * hilum * rim);
  });
}

/** One round, smooth, typically benign grain. */
function drawCoarseCalcification(layer: Layer, anatomy: Anatomy, random: Random): void {
  const radiusMm = random.between(0.35, 1);
  const centre = {
    xMm: anatomy.depthMm * random.between(0.15, 0.8),
    yMm: anatomy.nippleYMm + anatomy.halfHeightMm * random.between(-0.6, 0.6),
  };
  if (readField(anatomy.skinDistance, centre.xMm, centre.yMm) < 6) return;
  drawStroke(layer, [{ ...centre, radiusMm, brightness: random.between(0.3, 0.6) }]);
}

/** A cyst or fibroadenoma: oval, smooth, sharply outlined with a faint rim of fat. */
function drawIsland(layer: Layer, anatomy: Anatomy, random: Random): void {
  const radiusMm = random.between(3.5, 8);
  const brightness = random.between(0.15, 0.28);
  const xMm = anatomy.depthMm * random.between(0.2, 0.8);
  const yMm = anatomy.nippleYMm + anatomy.halfHeightMm * random.between(-0.65, 0.65);
  if (readField(anatomy.skinDistance, xMm, yMm) < radiusMm + 6) return;
  const angle = random.between(0, Math.PI);
  const stretch = random.between(1.05, 1.3);
  addPatch(layer, { xMm, yMm }, radiusMm * 2.2, (dx, dy) => {
    const along = (dx * Math.cos(angle) + dy * Math.sin(angle)) / stretch;
    const across = (dy * Math.cos(angle) - dx * Math.sin(angle)) * stretch;
    const away = Math.hypot(along, across) / radiusMm;
    return brightness * (smoothstep(1.18, 0.82, away) - 0.15 * Math.exp(-(((away - 1.4) / 0.25) ** 2)));
  });
}

/**
 * Tissue that happens to lie over other tissue: as bright as a lesion, but soft, streaky, and in one view only. Without
 * these the brightest pixels of an image would tell whether it has a lesion.
 */
function drawSummationShadow(layer: Layer, anatomy: Anatomy, random: Random): void {
  const radiusMm = random.between(2.5, 6);
  const brightness = random.between(0.12, 0.36);
  const xMm = anatomy.depthMm * random.between(0.25, 0.85);
  const yMm = anatomy.nippleYMm + anatomy.halfHeightMm * random.between(-0.6, 0.6);
  if (readField(anatomy.skinDistance, xMm, yMm) < radiusMm + 6) return;
  // Strands run towards the nipple, and so does what they add up to.
  const angle = Math.atan2(anatomy.nippleYMm - yMm, anatomy.depthMm + 20 - xMm) + random.normal() * 0.3;
  const stretch = random.between(1.5, 2.2);
  addPatch(layer, { xMm, yMm }, radiusMm * 4, (dx, dy) => {
    const along = (dx * Math.cos(angle) + dy * Math.sin(angle)) / stretch;
    const across = dy * Math.cos(angle) - dx * Math.sin(angle);
    return brightness * Math.exp(-(along * along + across * across) / (radiusMm * radiusMm));
  });
}
