import type { ImageSource } from "../image-source.ts";
import type { BreastRegion } from "./breast-region.ts";

export type Side = "left" | "right";

/** Thirds of the breast's width whose heights differ by less than this share do not tell a side. */
const leastDifference = 0.05;

/**
 * On which side of the frame the chest wall (in an oblique view the pectoral muscle) lies, seen in the picture: there the
 * breast is tallest. What the header says is compared with it, and believed only where the picture does not tell.
 */
export function chestWallSide(
  region: BreastRegion | undefined,
  source: ImageSource,
): { side: Side; warnings: string[] } {
  const seen = region && tallerSide(region);
  const said = sideInHeader(source);
  if (seen === undefined && said === undefined)
    return { side: "left", warnings: ["neither picture nor header tells the chest wall's side: taken to be the left"] };
  if (seen === undefined || said === undefined || seen === said.side)
    return { side: seen ?? said?.side ?? "left", warnings: [] };
  return {
    side: seen,
    warnings: [`the chest wall lies on the ${seen} of the picture, which contradicts the header's ${said.because}`],
  };
}

export function opposite(side: Side): Side {
  return side === "left" ? "right" : "left";
}

/** Where the breast is taller; undefined where that does not tell. */
export function tallerSide({ cells, width }: BreastRegion): Side | undefined {
  const heights = new Uint32Array(width);
  for (const [index, cell] of cells.entries()) heights[index % width] = (heights[index % width] ?? 0) + cell;
  const first = heights.findIndex((height) => height > 0);
  const last = heights.findLastIndex((height) => height > 0);
  const third = Math.ceil((last - first + 1) / 3);
  const sum = (columns: Uint32Array): number => columns.reduce((total, height) => total + height, 0);
  const left = sum(heights.subarray(first, first + third));
  const right = sum(heights.subarray(last + 1 - third, last + 1));
  if (Math.abs(left - right) < leastDifference * (left + right)) return undefined;
  return left > right ? "left" : "right";
}

/**
 * Patient Orientation begins with where rows run to: A, to the front, away from the chest wall (PS3.3 C.7.6.1.1.1). Without
 * it, left breasts are customarily shown with the chest wall on the left.
 */
function sideInHeader({ patientOrientation, laterality }: ImageSource): { side: Side; because: string } | undefined {
  const direction = patientOrientation?.charAt(0);
  if (direction === "A" || direction === "P")
    return { side: direction === "A" ? "left" : "right", because: `patient orientation ${patientOrientation}` };
  if (laterality === "L" || laterality === "R")
    return { side: laterality === "L" ? "left" : "right", because: `laterality ${laterality}` };
  return undefined;
}
