import { type PixelPadding, lookUp, modalityValue } from "@mammoflow/dicom";
import type { StoredFrame } from "../decode-frame.ts";
import { type Box, type GreyImage, cropped, wholeOf } from "../grey-image.ts";
import type { ImageSource } from "../image-source.ts";
import type { GreyLevels, Interval } from "../kernels/kernels.ts";
import type { ScaleStep } from "../recipe.ts";
import { breastBox, breastThreshold, largestBrightBox } from "./crop.ts";
import { windowed } from "./voi-window.ts";

/** A frame whose grey levels are known, but made only for the part of it that is asked for. */
export interface ScaledFrame {
  width: number;
  height: number;
  /** How often each grey level occurs, `Uint32Array, [256]`. */
  histogram: Uint32Array;
  /** The box that `breastBox` finds in the image. */
  breastBox(): Box;
  /** The grey levels of a rectangle; can be asked for once. */
  cut(box: Box): GreyImage;
  warnings: string[];
}

/**
 * Stored values to 8 bit. Levels are truncated, not rounded, because the study's NumPy code truncates.
 *
 * - `minmax`: level = trunc((v - min) / (max - min) * 255), in double precision, over the stored values: a modality rescale
 *   with a positive slope changes nothing about it. MONOCHROME1: trunc(255 - that).
 * - `window`: Modality LUT or rescale, then the first VOI window, else the first VOI LUT, then the inversion; without either,
 *   `minmax`, with a warning.
 *
 * Pixel padding (PS3.3 C.7.5.1.1.2) with `padding: "black"`: it has no part in min and max, and becomes 0 after the
 * inversion. With `keep`, as in the study: no difference is made.
 */
export function scaleFrame(frame: StoredFrame, source: ImageSource, step: ScaleStep): ScaledFrame {
  const { memory, counts, low, high, storedOf } = frame;
  const warnings: string[] = [];
  const padding = step.padding === "black" ? source.padding : undefined;
  const isPadding = (value: number): boolean => isWithin(storedOf(value), padding);
  const range = padding === undefined ? { low, high } : extentWithout(frame, isPadding);
  if (range.low === range.high) warnings.push("all pixels have the same value");
  const displayed = step.from === "window" ? displayLevel(source) : undefined;
  if (step.from === "window" && displayed === undefined)
    warnings.push("the file has no VOI window: scaled from its smallest to its largest value");

  const level = displayed === undefined ? minMaxLevel(range) : (value: number): number => displayed(storedOf(value));
  const shown = (value: number): number => (source.isInverted ? 255 - level(value) : level(value));
  const table = new Uint8Array(0x10000);
  const histogram = new Uint32Array(256);
  for (let value = low; value <= high; value++) {
    const grey = isPadding(value) ? 0 : Math.trunc(shown(value));
    table[value & 0xffff] = grey;
    histogram[grey] = (histogram[grey] ?? 0) + (counts[value & 0xffff] ?? 0);
  }
  const levels: GreyLevels = { table, low, high, line: lineThrough(shown, { low, high }) };
  const size = { width: memory.columns, height: memory.rows };
  let whole: GreyImage | undefined;
  return {
    ...size,
    histogram,
    breastBox() {
      const threshold = breastThreshold(histogram);
      if (threshold === undefined) return wholeOf(size);
      const interval = brightInterval(levels, threshold);
      if (interval !== undefined) return largestBrightBox(memory.within(interval)) ?? wholeOf(size);
      whole = memory.cut(wholeOf(size), levels);
      return breastBox(whole);
    },
    cut: (box) => (whole === undefined ? memory.cut(box, levels) : cropped(whole, box)),
    warnings,
  };
}

function isWithin(stored: number, padding: PixelPadding | undefined): boolean {
  return padding !== undefined && stored >= padding.low && stored <= padding.high;
}

function minMaxLevel({ low, high }: { low: number; high: number }): (value: number) => number {
  const width = Math.max(high - low, 1);
  return (value) => ((value - low) / width) * 255;
}

/** Grey level, 0..255, of a stored value as the file wants it shown; undefined where it does not say. */
function displayLevel(source: ImageSource): ((stored: number) => number) | undefined {
  const [window] = source.windows;
  if (window !== undefined) return (stored) => windowed(modalityValue(source, stored), window);
  const [table] = source.voiLuts;
  if (table === undefined) return undefined;
  const largest = 2 ** table.bits - 1;
  return (stored) => (lookUp(table, modalityValue(source, stored)) / largest) * 255;
}

/**
 * The straight line that `shown` may be. Raised by half of the least distance to the next integer, so that single
 * precision does not fall below one that double precision reaches.
 */
function lineThrough(
  shown: (value: number) => number,
  { low, high }: { low: number; high: number },
): { factor: number; offset: number } {
  const middle = (low + high) / 2;
  const factor = shown(middle + 0.5) - shown(middle - 0.5);
  return { factor, offset: shown(middle) - factor * (middle - low) + Math.abs(factor) / 510 };
}

/** The values whose levels lie above a threshold, where they follow one another without a gap. */
function brightInterval({ table, low, high }: GreyLevels, threshold: number): Interval | undefined {
  const isBright = (value: number): boolean => (table[value & 0xffff] ?? 0) > threshold;
  let first = low;
  let last = high;
  while (first <= high && !isBright(first)) first++;
  if (first > high) return undefined;
  while (last > first && !isBright(last)) last--;
  for (let value = first; value <= last; value++) if (!isBright(value)) return undefined;
  return { low: first, span: last - first };
}

/** The range of what is no padding; of everything, should all of it be padding. */
function extentWithout(
  { counts, low, high }: StoredFrame,
  isPadding: (value: number) => boolean,
): { low: number; high: number } {
  const occurs = (value: number): boolean => (counts[value & 0xffff] ?? 0) > 0 && !isPadding(value);
  let least = low;
  let most = high;
  while (least <= high && !occurs(least)) least++;
  while (most >= low && !occurs(most)) most--;
  return least > most ? { low, high: low } : { low: least, high: most };
}
