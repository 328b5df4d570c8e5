/** Lesions: which kinds there are by BI-RADS, how large and plain they are, and where they may lie. */
import { pectoralDistanceMm, readField, type Anatomy } from "./anatomy.ts";
import type { PointMm } from "./layer.ts";
import type { Pull } from "./pull-tissue.ts";
import type { Random } from "./random.ts";

type LesionKind = "mass" | "spiculated-mass" | "calcifications" | "asymmetry";

/** What both views of a breast share. */
export interface Lesion {
  kind: LesionKind;
  /** Of the mass without its spicules, or of the area that the calcifications or the asymmetry lie in. */
  radiusMm: number;
  /** Added brightness at the centre, share of full brightness. */
  contrast: number;
  /** How plainly the lesion draws in and streaks the tissue around it: 0 not at all, 1 as plainly as any. */
  distortion: number;
  /** Distance from the chest wall as a share of the breast's depth. */
  depthShare: number;
}

const categories: Record<LesionKind, string> = {
  mass: "Mass",
  "spiculated-mass": "Mass",
  calcifications: "Suspicious Calcification",
  asymmetry: "Focal Asymmetry",
};

/** Readers report the distortion around a lesion from here on. */
const plainDistortion = 0.35;

/** In the findings file's words. */
export function findingCategories({ kind, distortion }: Lesion): string[] {
  return distortion < plainDistortion ? [categories[kind]] : [categories[kind], "Architectural Distortion"];
}

/** Share of the grade's distortion that a kind of lesion shows. */
const distortionShare: Record<LesionKind, number> = {
  mass: 0.7,
  "spiculated-mass": 1,
  calcifications: 0.55,
  asymmetry: 0.8,
};

interface Grade {
  kinds: readonly [LesionKind, ...LesionKind[]];
  radiusMm: readonly [number, number];
  contrast: readonly [number, number];
  distortion: readonly [number, number];
}

/** The higher the BI-RADS, the larger and plainer the lesion. */
const grades: Record<3 | 4 | 5, Grade> = {
  3: {
    kinds: ["mass", "asymmetry", "calcifications"],
    radiusMm: [6, 9.5],
    contrast: [0.14, 0.18],
    distortion: [0.2, 0.5],
  },
  4: {
    kinds: ["mass", "spiculated-mass", "calcifications", "asymmetry"],
    radiusMm: [8, 12],
    contrast: [0.15, 0.2],
    distortion: [0.5, 0.75],
  },
  5: {
    kinds: ["spiculated-mass", "spiculated-mass", "calcifications"],
    radiusMm: [10, 15],
    contrast: [0.17, 0.22],
    distortion: [0.75, 1],
  },
};

export function drawLesionPlan(birads: 3 | 4 | 5, random: Random): Lesion {
  const { kinds, radiusMm, contrast, distortion } = grades[birads];
  const kind = random.pick(kinds);
  return {
    kind,
    radiusMm: random.between(...radiusMm),
    contrast: random.between(...contrast),
    distortion: random.between(...distortion) * distortionShare[kind],
    depthShare: random.between(0.25, 0.75),
  };
}

/** How the lesion draws in the tissue around it. */
export function pullOf({ radiusMm, distortion }: Lesion, centre: PointMm): Pull {
  return { centre, reachMm: 3.2 * radiusMm, share: 0.55 * distortion };
}

/** Where a lesion of this size may lie in one view: inside the breast, away from skin, nipple and muscle. */
export function placeLesion(anatomy: Anatomy, { radiusMm, depthShare }: Lesion, random: Random): PointMm {
  let best: PointMm & { room: number } = { xMm: anatomy.depthMm / 2, yMm: anatomy.nippleYMm, room: -Infinity };
  for (let attempt = 0; attempt < 60; attempt++) {
    const xMm = anatomy.depthMm * (depthShare + random.between(-0.08, 0.08));
    const yMm = anatomy.nippleYMm + anatomy.halfHeightMm * random.between(-0.75, 0.75);
    const toSkin = readField(anatomy.skinDistance, xMm, yMm) - 6;
    const toMuscle = -pectoralDistanceMm(anatomy, xMm, yMm);
    const room = Math.min(toSkin, toMuscle, xMm) - radiusMm * 1.2;
    if (room > 0) return { xMm, yMm };
    if (room > best.room) best = { xMm, yMm, room };
  }
  return best;
}

/** Half the side of the box that a reader would draw around the lesion. */
export function boxReachMm({ kind, radiusMm }: Lesion): number {
  return radiusMm * { mass: 1.15, "spiculated-mass": 1.5, calcifications: 1.15, asymmetry: 1.2 }[kind];
}
