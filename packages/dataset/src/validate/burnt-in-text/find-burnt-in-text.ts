/** Finds what looks like text burnt into the pixels beside the breast. It reads nothing: only sizes and places count. */
import type { ReducedFrame } from "./reduce-frame.ts";
import { type Region, regionsAbove } from "./regions-above.ts";

/** Some characters close together. */
export interface TextBlock {
  /** Connected regions; a character has one or two, joined characters have one together. */
  parts: number;
  /** One line of a few characters, such as `R-MLO`. */
  isShort: boolean;
}

/** Levels between background (0) and brightest (1): text is brighter, and all around it is darker. */
const brightShare = 0.6;
const darkShare = 0.2;
/** A character's longer side, as a share of the frame's longer side. */
const smallest = 0.004;
const largest = 0.08;
/** What stands between characters that belong together, in sides of the larger one. */
const gap = 0.8;
const mostOfShort = 8;

/**
 * Tissue has no sharp edge: around a bright part of it lies something of middling brightness. So a bright region is taken
 * for a character only where it has a character's size, touches no edge and is surrounded by background; and text has two
 * of them next to each other, or one that is long and has holes. Text over the breast is not found.
 */
export function findBurntInText(frame: ReducedFrame): TextBlock[] {
  const background = backgroundLevel(frame.levels);
  const levelAt = (share: number) => background + share * (255 - background);
  const bright = levelAt(brightShare);
  const characters = regionsAbove(frame, bright).filter(
    (region) => hasCharacterSize(region, frame) && isInTheDark(region, frame, levelAt(darkShare), bright),
  );
  return groupNeighbours(characters).flatMap((group) => (isText(group) ? [describe(group)] : []));
}

/** The level that occurs most in the darker half. */
function backgroundLevel(levels: Uint8Array): number {
  const counts = new Uint32Array(128);
  for (const level of levels) if (level < 128) counts[level] = (counts[level] ?? 0) + 1;
  return counts.indexOf(Math.max(...counts));
}

function hasCharacterSize(region: Region, { width, height }: ReducedFrame): boolean {
  const share = longerSide(region) / Math.max(width, height);
  const touchesEdge =
    region.x === 0 || region.y === 0 || region.x + region.width === width || region.y + region.height === height;
  return share >= smallest && share <= largest && !touchesEdge;
}

/** Looks at a frame two pixels wide, two pixels off the region's box; bright pixels in it are other characters. */
function isInTheDark(region: Region, { levels, width, height }: ReducedFrame, dark: number, bright: number): boolean {
  let seen = 0;
  let middling = 0;
  for (let y = region.y - 4; y < region.y + region.height + 4; y++) {
    for (let x = region.x - 4; x < region.x + region.width + 4; x++) {
      const isNear =
        y >= region.y - 2 && y < region.y + region.height + 2 && x >= region.x - 2 && x < region.x + region.width + 2;
      if (isNear || x < 0 || y < 0 || x >= width || y >= height) continue;
      const level = levels[y * width + x] ?? 0;
      seen++;
      if (level > dark && level <= bright) middling++;
    }
  }
  return middling <= 0.1 * seen;
}

/** Regions that are near each other, directly or through others. */
function groupNeighbours(regions: Region[]): Region[][] {
  const groups: Region[][] = [];
  for (const region of regions) {
    const near = groups.filter((group) => group.some((other) => areNear(region, other)));
    for (const group of near) groups.splice(groups.indexOf(group), 1);
    groups.push([...near.flat(), region]);
  }
  return groups;
}

function areNear(a: Region, b: Region): boolean {
  const apart = Math.max(
    Math.max(a.x, b.x) - Math.min(a.x + a.width, b.x + b.width),
    Math.max(a.y, b.y) - Math.min(a.y + a.height, b.y + b.height),
  );
  return apart <= gap * Math.max(longerSide(a), longerSide(b));
}

function isText(group: Region[]): boolean {
  const [only, second] = group;
  if (only === undefined) return false;
  if (second !== undefined) return true;
  const isLong = longerSide(only) >= 2 * Math.min(only.width, only.height);
  return isLong && only.area < 0.8 * only.width * only.height;
}

function describe(group: Region[]): TextBlock {
  const left = Math.min(...group.map(({ x }) => x));
  const top = Math.min(...group.map(({ y }) => y));
  const right = Math.max(...group.map(({ x, width }) => x + width));
  const bottom = Math.max(...group.map(({ y, height }) => y + height));
  const isOneLine = Math.min(right - left, bottom - top) <= 2 * Math.max(...group.map(longerSide));
  return { parts: group.length, isShort: group.length <= mostOfShort && isOneLine };
}

function longerSide({ width, height }: Region): number {
  return Math.max(width, height);
}
