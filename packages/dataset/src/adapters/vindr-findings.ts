import type { ObjectStore } from "@mammoflow/storage";
import type { Finding } from "../dataset.ts";
import { readCsv } from "../tables/read-csv.ts";
import { findingRow, type FindingRow } from "./vindr-rows.ts";

/** The lines of the findings file, looked up by image. */
export interface FindingsByImage {
  /** The image's lines with boxes cut to its size; empty when it has none. */
  of(imageId: string, size: { heightPx: number; widthPx: number }): Finding[];
  has(imageId: string): boolean;
  imageIds(): string[];
  /** How many boxes have been cut so far. */
  readonly boxesOutside: number;
}

/**
 * @param isRequired whether a missing file is an error.
 * @returns undefined when the file does not exist and is not required.
 * @throws DatasetError as `readCsv` does.
 */
export async function readFindings(
  store: ObjectStore,
  name: string,
  isRequired: boolean,
): Promise<FindingsByImage | undefined> {
  if (!isRequired && !(await store.exists(name))) return undefined;
  const rowsByImage = new Map<string, FindingRow[]>();
  for await (const { row } of readCsv(store, name, findingRow)) {
    const rows = rowsByImage.get(row.image_id);
    if (rows) rows.push(row);
    else rowsByImage.set(row.image_id, [row]);
  }
  let boxesOutside = 0;
  return {
    of(imageId, size) {
      return (rowsByImage.get(imageId) ?? []).map((row) => {
        const { box, isCut } = cutBox(row, size);
        if (isCut) boxesOutside += 1;
        return { categories: row.finding_categories, birads: row.finding_birads, box };
      });
    },
    has: (imageId) => rowsByImage.has(imageId),
    imageIds: () => [...rowsByImage.keys()],
    get boxesOutside() {
      return boxesOutside;
    },
  };
}

/** 42 boxes of VinDr-Mammo run over the image's edge. */
function cutBox(
  { xmin, ymin, xmax, ymax }: FindingRow,
  { heightPx, widthPx }: { heightPx: number; widthPx: number },
): { box: Finding["box"]; isCut: boolean } {
  if (xmin === null || ymin === null || xmax === null || ymax === null) return { box: null, isCut: false };
  const [left, right] = [within(xmin, widthPx), within(xmax, widthPx)];
  const [top, bottom] = [within(ymin, heightPx), within(ymax, heightPx)];
  const isCut = left !== xmin || right !== xmax || top !== ymin || bottom !== ymax;
  return { box: { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) }, isCut };
}

function within(value: number, limit: number): number {
  return Math.min(Math.max(value, 0), limit);
}
