import type { DicomImage, PixelPadding, Pixels } from "@mammoflow/dicom";
import type { DecodedFrame } from "../decode-frame.ts";
import type { GreyImage } from "../grey-image.ts";
import type { FrameKernels, GreyLevels } from "../kernels/frame-kernels.ts";
import type { ScaleStep } from "../recipe.ts";
import { windowed } from "./voi-window.ts";

export interface ScaledFrame {
  image: GreyImage;
  /** How often each grey level occurs, `Uint32Array, [256]`. */
  histogram: Uint32Array;
  warnings: string[];
}

/**
 * Stored values to 8 bit. Levels are truncated, not rounded, because the study's NumPy code truncates.
 *
 * - `minmax`: level = trunc((v - min) / (max - min) * 255), in double precision, over the stored values: a modality rescale
 *   with a positive slope changes nothing about it. MONOCHROME1: trunc(255 - that).
 * - `window`: modality rescale, then the first VOI window, then the inversion; without a window, `minmax`, with a warning.
 *
 * Pixel padding (PS3.3 C.7.5.1.1.2) with `padding: "black"`: it has no part in min and max, and becomes 0 after the
 * inversion. With `keep`, as in the study: no difference is made.
 */
export function scaleFrame(
  { pixels, extent }: DecodedFrame,
  header: DicomImage,
  step: ScaleStep,
  kernels: FrameKernels,
): ScaledFrame {
  const { samples } = pixels;
  const warnings: string[] = [];
  const padding = step.padding === "black" ? header.padding : undefined;
  const range = padding === undefined ? extent : extentWithout(samples, padding);
  if (range.low === range.high) warnings.push("all pixels have the same value");
  if (step.from === "window" && header.window === undefined)
    warnings.push("the file has no VOI window: scaled from its smallest to its largest value");
  if (header.hasModalityTable) warnings.push("the file has a modality look-up table, which is not applied");

  const level = step.from === "window" && header.window ? windowLevel(header) : minMaxLevel(range);
  const isInverted = header.photometricInterpretation === "MONOCHROME1";
  const shown = (stored: number): number => (isInverted ? 255 - level(stored) : level(stored));
  const levelOf = (stored: number): number =>
    padding !== undefined && stored >= padding.low && stored <= padding.high ? 0 : Math.trunc(shown(stored));
  const levels = { ...extent, levelOf, line: lineThrough(shown, extent) };
  return { ...kernels.scale(samples, withTable(levels, samples.BYTES_PER_ELEMENT), pixels.columns), warnings };
}

function minMaxLevel({ low, high }: { low: number; high: number }): (stored: number) => number {
  const width = Math.max(high - low, 1);
  return (stored) => ((stored - low) / width) * 255;
}

function windowLevel({ rescale, window }: DicomImage): (stored: number) => number {
  return (stored) => (window === undefined ? 0 : windowed(stored * rescale.slope + rescale.intercept, window));
}

/**
 * The straight line that `shown` may be. Raised by half of the least distance to the next integer, so that single
 * precision does not fall below one that double precision reaches.
 */
function lineThrough(
  shown: (stored: number) => number,
  { low, high }: { low: number; high: number },
): { factor: number; offset: number } {
  const middle = (low + high) / 2;
  const factor = shown(middle + 0.5) - shown(middle - 0.5);
  return { factor, offset: shown(middle) - factor * (middle - low) + Math.abs(factor) / 510 };
}

function withTable(levels: GreyLevels, bytesPerSample: number): GreyLevels {
  if (bytesPerSample > 2) return levels;
  const table = new Uint8Array(0x10000);
  for (let stored = levels.low; stored <= levels.high; stored++) table[stored & 0xffff] = levels.levelOf(stored);
  return { ...levels, table };
}

/** The range of what is no padding; of everything, should all of it be padding. */
function extentWithout(samples: Pixels["samples"], padding: PixelPadding): { low: number; high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of samples) {
    if (value >= padding.low && value <= padding.high) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? { low: padding.low, high: padding.low } : { low, high };
}
