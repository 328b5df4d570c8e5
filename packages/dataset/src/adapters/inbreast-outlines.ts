/** The outlines of one INbreast image: a property list as OsiriX writes it, with polygons in pixels. */
import { messageOf } from "@mammoflow/runtime";
import { addressWithin, type ObjectStore } from "@mammoflow/storage";
import { parse } from "plist";
import { z } from "zod";
import type { Finding } from "../dataset.ts";
import { DatasetError } from "../errors.ts";

/** `(1234.5, 678.9)`: column, then row. */
const point = z
  .string()
  .regex(/^\(\s*-?[\d.]+(e[+-]?\d+)?\s*,\s*-?[\d.]+(e[+-]?\d+)?\s*\)$/i, "points such as (12.5, 34.5)")
  .transform((text) => {
    const [x, y] = text.slice(1, -1).split(",").map(Number);
    return { x: x ?? 0, y: y ?? 0 };
  });

const outlines = z.object({
  Images: z.array(z.object({ ROIs: z.array(z.object({ Name: z.string(), Point_px: z.array(point) })) })).min(1),
});

/**
 * @returns a finding with its bounding box for each outline; one marked by a single point has a box of one pixel. Empty where
 * there is no such file: the image has no finding.
 * @throws DatasetError naming the file when it is no such list
 */
export async function readOutlines(store: ObjectStore, name: string): Promise<Finding[]> {
  const path = addressWithin(store.address, name);
  const found = await store.get(name);
  if (found === undefined) return [];
  const text = found.bytes.toString();
  // The parser writes to the console what it cannot read at all.
  if (!text.includes("<plist")) throw unreadable(path, new Error("no property list"));
  let list: z.infer<typeof outlines>;
  try {
    list = outlines.parse(parse(text));
  } catch (error) {
    throw unreadable(path, error);
  }
  return list.Images.flatMap(({ ROIs }) => ROIs)
    .filter(({ Point_px }) => Point_px.length > 0)
    .map(({ Name, Point_px }) => ({ categories: [Name], birads: null, box: boundingBox(Point_px) }));
}

function boundingBox(points: { x: number; y: number }[]): NonNullable<Finding["box"]> {
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0];
  for (const { x, y } of points) {
    left = Math.min(left, Math.max(0, x));
    top = Math.min(top, Math.max(0, y));
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

function unreadable(path: string, error: unknown): DatasetError {
  const reason = error instanceof z.ZodError ? (error.issues[0]?.message ?? "another form") : messageOf(error);
  return new DatasetError({
    code: "DATASET_UNREADABLE_OUTLINES",
    message: `${path}, line 1: it is no list of outlines (${reason}); take the file again from its source, or remove it.`,
    cause: error,
  });
}
