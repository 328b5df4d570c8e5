import { modalityValue } from "@mammoflow/dicom";
import type { StoredFrame } from "../decode-frame.ts";
import type { ImageFacts } from "../image-source.ts";
import { backgroundLevel } from "./background.ts";

/** One modality value and how many pixels have it. */
interface Counted {
  value: number;
  count: number;
}

/** What lies beyond these percentiles of all pixels takes no part in the look for the background. */
const robust = { low: 0.1, high: 99.9 };

/**
 * The modality values between which `low` to `high` per cent of the breast's pixels lie; padding and background (air) take
 * no part. Per cent count from dark to bright as the image is shown. A percentile is the smallest value that is reached,
 * NumPy's `inverted_cdf`.
 *
 * @returns undefined where there is nothing but padding
 */
export function percentileRange(
  frame: StoredFrame,
  source: ImageFacts,
  { low, high }: { low: number; high: number },
): { low: number; high: number } | undefined {
  return rangeBetween(withoutBackground(darkToBright(frame, source)), low, high);
}

/** The same of everything that is no padding: as it is meant to be shown, background and all. */
export function wholeRange(
  frame: StoredFrame,
  source: ImageFacts,
  { low, high }: { low: number; high: number },
): { low: number; high: number } | undefined {
  return rangeBetween(darkToBright(frame, source), low, high);
}

function rangeBetween(counted: Counted[], low: number, high: number): { low: number; high: number } | undefined {
  if (counted.length === 0) return undefined;
  const ends = [percentile(counted, low), percentile(counted, high)];
  return { low: Math.min(...ends), high: Math.max(...ends) };
}

function darkToBright({ counts, low, high, storedOf }: StoredFrame, source: ImageFacts): Counted[] {
  const { padding } = source;
  const counted: Counted[] = [];
  for (let value = low; value <= high; value++) {
    const count = counts[value & 0xffff] ?? 0;
    const stored = storedOf(value);
    const isPadding = padding !== undefined && stored >= padding.low && stored <= padding.high;
    if (count > 0 && !isPadding) counted.push({ value: modalityValue(source, stored), count });
  }
  return counted.toSorted(source.isInverted ? (a, b) => b.value - a.value : (a, b) => a.value - b.value);
}

function withoutBackground(shown: Counted[]): Counted[] {
  const dark = percentile(shown, robust.low);
  const bright = percentile(shown, robust.high);
  const levelOf = (value: number): number =>
    dark === bright ? 0 : Math.min(Math.max(Math.trunc(((value - dark) / (bright - dark)) * 255), 0), 255);
  const levels = new Uint32Array(256);
  for (const { value, count } of shown) levels[levelOf(value)] = (levels[levelOf(value)] ?? 0) + count;
  const background = backgroundLevel(levels);
  return background === undefined ? shown : shown.filter(({ value }) => levelOf(value) > background);
}

function percentile(counted: Counted[], percent: number): number {
  const wanted = (counted.reduce((sum, { count }) => sum + count, 0) * percent) / 100;
  let reached = 0;
  for (const { value, count } of counted) {
    reached += count;
    if (reached >= wanted) return value;
  }
  return counted.at(-1)?.value ?? 0;
}
