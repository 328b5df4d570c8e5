import { createRandom } from "@mammoflow/runtime";
import type { PointingScores, RemovalScores } from "./explanations.ts";
import { meanEstimates } from "./mean-estimates.ts";
import type { Pointing } from "./point-at.ts";

interface Resampling {
  resamples: number;
  seed?: number;
}

/** How the maps of one image point. */
export interface PointingRow {
  patient: string;
  map: Pointing;
  /** Maps of the same backbone under heads of random weights. */
  randomHeads: readonly Pointing[];
  /** The map of a network with random weights throughout. */
  randomNetwork: Pointing;
}

/**
 * Means over images with intervals over patients. The random maps are the sanity check of Adebayo et al. 2018
 * (https://arxiv.org/abs/1810.03292): maps that point as well without what was learnt do not explain it.
 *
 * @param available how many images could have been scored
 */
export function scorePointing(
  rows: readonly PointingRow[],
  { available, toleranceShare, resamples, seed = 1 }: Resampling & { available: number; toleranceShare: number },
): PointingScores {
  const hit = (pointing: Pointing): number => (pointing.isHit ? 1 : 0);
  const randomHeadHits = rows.map(({ randomHeads }) => mean(randomHeads.map(hit)));
  const estimates = meanEstimates(
    {
      hits: rows.map(({ map }) => hit(map)),
      chance: rows.map(({ map }) => map.chance),
      centreHits: rows.map(({ map }) => (map.isCentreHit ? 1 : 0)),
      randomHeadHits,
      randomNetworkHits: rows.map(({ randomNetwork }) => hit(randomNetwork)),
      hitsAboveChance: rows.map(({ map }) => hit(map) - map.chance),
      hitsAboveRandomHead: rows.map(({ map }, row) => hit(map) - (randomHeadHits[row] ?? Number.NaN)),
      heatInBoxes: rows.map(({ map }) => map.heatInBoxes),
      breastInBoxes: rows.map(({ map }) => map.breastInBoxes),
      randomHeadHeatInBoxes: rows.map(({ randomHeads }) => mean(randomHeads.map(({ heatInBoxes }) => heatInBoxes))),
    },
    { groups: rows.map(({ patient }) => patient), resamples, seed },
  );
  const patients = new Set(rows.map(({ patient }) => patient)).size;
  const withoutHeat = rows.filter(({ map }) => !map.hasHeat).length;
  return { images: rows.length, available, patients, withoutHeat, resamples, toleranceShare, ...estimates };
}

/** Probabilities while cells of an image are taken away or given back, from none of them to all. */
export interface RemovalRow {
  patient: string;
  /** Hottest cells first. */
  map: RemovalCurves;
  /** Cells in random orders. */
  random: readonly RemovalCurves[];
}

interface RemovalCurves {
  deletion: ArrayLike<number>;
  insertion: ArrayLike<number>;
}

/** Areas under the curves of deletion and insertion (Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421, section 4.2). */
export function scoreRemoval(rows: readonly RemovalRow[], { resamples, seed = 1 }: Resampling): RemovalScores {
  const groups = rows.map(({ patient }) => patient);
  const compared = (curve: keyof RemovalCurves) => {
    const map = rows.map((row) => areaUnder(row.map[curve]));
    const baseline = rows.map((row) => mean(row.random.map((curves) => areaUnder(curves[curve]))));
    const difference = map.map((area, row) => area - (baseline[row] ?? Number.NaN));
    return meanEstimates({ map, baseline, difference }, { groups, resamples, seed });
  };
  return {
    images: rows.length,
    patients: new Set(groups).size,
    resamples,
    deletion: compared("deletion"),
    insertion: compared("insertion"),
  };
}

/** By trapezoids over shares 0..1. */
function areaUnder(curve: ArrayLike<number>): number {
  let sum = 0;
  for (let step = 1; step < curve.length; step++) sum += ((curve[step - 1] ?? 0) + (curve[step] ?? 0)) / 2;
  return sum / (curve.length - 1);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Some of the rows, the same ones for the same seed, in their own order; all where there are no more than `most`. */
export function drawRows<Row>(rows: readonly Row[], most: number, seed = 1): Row[] {
  const random = createRandom(seed);
  const keyed = rows.map((row, index) => ({ row, index, key: random.uint32() }));
  const chosen = keyed.toSorted((a, b) => a.key - b.key).slice(0, most);
  return chosen.toSorted((a, b) => a.index - b.index).map(({ row }) => row);
}
