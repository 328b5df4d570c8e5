import { type PixelPadding, lookUp, modalityValue } from "@mammoflow/dicom";
import type { StoredFrame } from "../decode-frame.ts";
import { type Box, type GreyImage, type Size, cropped, eightBitImage, eightBitLevel, wholeOf } from "../grey-image.ts";
import type { ImageFacts } from "../image-source.ts";
import type { GreyLevels, Interval, Kernels } from "../kernels/kernels.ts";
import type { ScaleStep } from "../recipe.ts";
import { breastBox, breastThreshold, largestBrightBox } from "./crop.ts";
import { percentileRange, wholeRange } from "./percentile-range.ts";
import { areasOf, resizeArea } from "./resize.ts";
import { windowed } from "./voi-window.ts";

/** A frame whose grey levels are known, but made only for the part of it that is asked for. */
export interface ScaledFrame {
  width: number;
  height: number;
  /** How often each grey level occurs, in 8 bits, `Uint32Array, [256]`. */
  histogram: Uint32Array;
  /** The box that `breastBox` finds in the image. */
  breastBox(): Box;
  /** The grey levels of a rectangle; nothing can be asked for afterwards. */
  cut(box: Box): GreyImage;
  /**
   * The whole frame at a size no larger than its own, to find the breast in: from its darkest value to its brightest, whatever
   * the step says, because a window may show skin as black as air.
   */
  overview(size: Size): GreyImage<Uint8Array>;
  warnings: string[];
}

/** A grey level for a stored value, 0 to white, not rounded, before the inversion. */
type Shade = (stored: number) => number;

interface Range {
  low: number;
  high: number;
}

/** What `percentiles` spans unless the recipe says otherwise; the brightest thousandth holds calcifications, and text. */
const usualPercentiles = { low: 0.5, high: 99.9 };

/**
 * Stored values to 8 or 16 bits. Levels are truncated, not rounded, because the study's NumPy code truncates.
 *
 * - `minmax`: level = trunc((v - min) / (max - min) * white), in double precision; over the stored values where the modality
 *   rescale is a rising line, which changes nothing about it, else over the modality values.
 * - `window`: the first VOI window over the modality values; without a window, `minmax`, with a warning.
 * - `voi`: the first VOI window, else the first VOI LUT, else `percentiles`, with a warning.
 * - `percentiles`: as `minmax`, between two percentiles of the pixels that are neither padding nor background.
 *
 * The inversion comes after that: trunc(white - level). Pixel padding (PS3.3 C.7.5.1.1.2) with `padding: "black"`: it has no
 * part in min and max, and becomes 0 after the inversion. With `keep`, as in the study: no difference is made.
 */
export function scaleFrame(frame: StoredFrame, source: ImageFacts, step: ScaleStep, kernels: Kernels): ScaledFrame {
  const warnings: string[] = [];
  const { memory } = frame;
  const levels = levelsOf(frame, source, step, warnings);
  const histogram = levelCounts(frame, levels);
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
      return breastBox(eightBitImage(whole), histogram);
    },
    cut: (box) => (whole === undefined ? memory.cut(box, levels) : cropped(whole, box)),
    overview(small) {
      if (whole !== undefined) return eightBitImage(resizeArea(whole, small.width, small.height, kernels));
      return memory.overview(overviewLevels(frame, source), areasOf(size, small.width, small.height));
    },
    warnings,
  };
}

function levelsOf(frame: StoredFrame, source: ImageFacts, step: ScaleStep, warnings: string[]): GreyLevels {
  const { low, high, storedOf } = frame;
  const padding = step.padding === "black" ? source.padding : undefined;
  const range = rangeOf(frame, padding);
  if (range.low === range.high) warnings.push("all pixels have the same value");

  const white = step.bits === 16 ? 0xffff : 0xff;
  const shade = shadeOf({ frame, source, step, range, white, warnings });
  const shown = (stored: number): number => (source.isInverted ? white - shade(stored) : shade(stored));
  const table = white === 0xff ? new Uint8Array(0x10000) : new Uint16Array(0x10000);
  for (let value = low; value <= high; value++) {
    const stored = storedOf(value);
    table[value & 0xffff] = isPadding(stored, padding) ? 0 : Math.trunc(shown(stored));
  }
  const line = white === 0xff ? lineThrough((value) => shown(storedOf(value)), { low, high }) : undefined;
  return { table, low, high, ...(line && { line }) };
}

/**
 * Text, markers and a film's edge are the brightest things in a frame, and fewer of its pixels than the rest. They share what is
 * left above this level, so that faint skin stands out and they are still told from tissue.
 */
const overviewTop = { percent: 98, level: 200 };

function overviewLevels(frame: StoredFrame, source: ImageFacts): GreyLevels {
  const { low, high, storedOf } = frame;
  const table = new Uint8Array(0x10000);
  const whole = wholeRange(frame, source, { low: 0, high: 100 }) ?? { low: 0, high: 0 };
  const most = wholeRange(frame, source, { low: 0, high: overviewTop.percent }) ?? whole;
  const span = most.high - most.low;
  const spanAbove = whole.high - whole.low - span;
  const { level: top } = overviewTop;
  for (let value = low; value <= high; value++) {
    const stored = storedOf(value);
    if (isPadding(stored, source.padding)) continue;
    const modality = modalityValue(source, stored);
    const brightness = source.isInverted ? whole.high - modality : modality - whole.low;
    table[value & 0xffff] =
      brightness <= span
        ? top * (brightness / Math.max(span, 1))
        : top + (0xff - top) * ((brightness - span) / spanAbove);
  }
  return { table, low, high };
}

/** `Uint32Array, [256]`: 16-bit levels as `eightBitImage` has them. */
function levelCounts({ counts }: StoredFrame, levels: GreyLevels): Uint32Array {
  const histogram = new Uint32Array(256);
  for (let value = levels.low; value <= levels.high; value++) {
    const level = levelInEightBits(levels, value);
    histogram[level] = (histogram[level] ?? 0) + (counts[value & 0xffff] ?? 0);
  }
  return histogram;
}

interface Scaling {
  frame: StoredFrame;
  source: ImageFacts;
  step: ScaleStep;
  /** Of the stored values that take part. */
  range: Range;
  white: number;
  warnings: string[];
}

function shadeOf(scaling: Scaling): Shade {
  const { source, step, range, white, warnings } = scaling;
  const [window] = source.windows;
  const [voiLut] = source.voiLuts;
  if (step.from === "minmax") return minMaxShade(source, range, white);
  if (step.from === "percentiles") return percentileShade(scaling);
  if (window !== undefined) return (stored) => windowed(modalityValue(source, stored), window, white);
  if (step.from === "window") {
    warnings.push("the file has no VOI window: scaled from its smallest to its largest value");
    return minMaxShade(source, range, white);
  }
  if (voiLut !== undefined) {
    const brightest = 2 ** voiLut.bits - 1;
    return (stored) => Math.min(1, lookUp(voiLut, modalityValue(source, stored)) / brightest) * white;
  }
  warnings.push("the file has neither a VOI window nor a VOI look-up table: scaled between percentiles");
  return percentileShade(scaling);
}

function minMaxShade(source: ImageFacts, range: Range, white: number): Shade {
  // Along a rising line the values keep their proportions, and the stored ones have no rounding in them.
  if (source.modalityLut === undefined && source.rescale.slope > 0) return between(range, white, (stored) => stored);
  return between(modalityRange(source, range), white, (stored) => modalityValue(source, stored));
}

function modalityRange(source: ImageFacts, stored: Range): Range {
  const ends = [modalityValue(source, stored.low), modalityValue(source, stored.high)];
  let low = Math.min(...ends);
  let high = Math.max(...ends);
  const { firstMapped, values } = source.modalityLut ?? { firstMapped: 0, values: [] };
  for (const [index, value] of values.entries()) {
    if (firstMapped + index < stored.low || firstMapped + index > stored.high) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

function percentileShade({ frame, source, step, range, white }: Scaling): Shade {
  const { lowPercent = usualPercentiles.low, highPercent = usualPercentiles.high } = step;
  const found = percentileRange(frame, source, { low: lowPercent, high: highPercent });
  if (found === undefined) return minMaxShade(source, range, white);
  const shade = between(found, white, (stored) => modalityValue(source, stored));
  return (stored) => Math.min(Math.max(shade(stored), 0), white);
}

/** 0 at the range's low end, white at its high end. */
function between({ low, high }: Range, white: number, valueOf: (stored: number) => number): Shade {
  const width = high > low ? high - low : 1;
  return (stored) => ((valueOf(stored) - low) / width) * white;
}

/**
 * The straight line that `shown`, truncated, may be rounded, for 8 bits: half a level lower, but raised by half of the least
 * distance to the next integer, so that single precision does not fall below one that double precision reaches.
 */
function lineThrough(shown: (value: number) => number, { low, high }: Range): { factor: number; offset: number } {
  const middle = (low + high) / 2;
  const factor = shown(middle + 0.5) - shown(middle - 0.5);
  return { factor, offset: shown(middle) - factor * (middle - low) + Math.abs(factor) / 510 - 0.5 };
}

function levelInEightBits({ table }: GreyLevels, value: number): number {
  const level = table[value & 0xffff] ?? 0;
  return table instanceof Uint8Array ? level : eightBitLevel(level);
}

/** The values whose levels lie above a threshold, where they follow one another without a gap. */
function brightInterval(levels: GreyLevels, threshold: number): Interval | undefined {
  const isBright = (value: number): boolean => levelInEightBits(levels, value) > threshold;
  let first = levels.low;
  let last = levels.high;
  while (first <= last && !isBright(first)) first++;
  while (last > first && !isBright(last)) last--;
  if (first > last) return undefined;
  for (let value = first; value <= last; value++) if (!isBright(value)) return undefined;
  return { low: first, span: last - first };
}

function isPadding(stored: number, padding: PixelPadding | undefined): boolean {
  return padding !== undefined && stored >= padding.low && stored <= padding.high;
}

/** The range of the stored values that are no padding; of everything, should all of it be padding. */
function rangeOf({ counts, low, high, storedOf }: StoredFrame, padding: PixelPadding | undefined): Range {
  const counted = (value: number): boolean => (counts[value & 0xffff] ?? 0) > 0 && !isPadding(storedOf(value), padding);
  let least = low;
  let most = high;
  while (least <= high && !counted(least)) least++;
  while (most >= low && !counted(most)) most--;
  return least > most ? { low: storedOf(low), high: storedOf(low) } : { low: storedOf(least), high: storedOf(most) };
}
