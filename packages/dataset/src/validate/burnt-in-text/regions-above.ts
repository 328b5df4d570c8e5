import type { ReducedFrame } from "./reduce-frame.ts";

/** A connected region: its bounding box, and how many pixels it has. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
  area: number;
}

/** The 8-connected regions of pixels above a threshold, in reading order. */
export function regionsAbove({ levels, width, height }: ReducedFrame, threshold: number): Region[] {
  const isOpen = new Uint8Array(levels.length);
  for (let at = 0; at < levels.length; at++) isOpen[at] = (levels[at] ?? 0) > threshold ? 1 : 0;
  const regions: Region[] = [];
  const waiting: number[] = [];
  const visit = (x: number, y: number): void => {
    const at = y * width + x;
    if (x < 0 || y < 0 || x >= width || y >= height || isOpen[at] !== 1) return;
    isOpen[at] = 0;
    waiting.push(at);
  };
  for (let start = isOpen.indexOf(1); start !== -1; start = isOpen.indexOf(1, start)) {
    const box = { left: width, right: 0, top: height, bottom: 0 };
    let area = 0;
    visit(start % width, Math.floor(start / width));
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const x = at % width;
      const y = Math.floor(at / width);
      area++;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
      for (let down = -1; down <= 1; down++) for (let right = -1; right <= 1; right++) visit(x + right, y + down);
    }
    regions.push({
      x: box.left,
      y: box.top,
      width: box.right - box.left + 1,
      height: box.bottom - box.top + 1,
      area,
    });
  }
  return regions;
}
