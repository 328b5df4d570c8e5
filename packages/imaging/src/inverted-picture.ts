import type { StoredFrame } from "./decode-frame.ts";
import type { ImageSource } from "./image-source.ts";

export const invertedWarning =
  "the commonest grey level is nearly white, where a mammogram has dark air: it may be shown inverted";

/** Air is one level: this share of the pixels lies within this share of the range around it. */
const air = { share: 0.2, reach: 0.02 };
/** Of fewer pixels it is no picture. */
const leastPixels = 4096;
/** From here on, of the range, the commonest level is nearly white. */
const nearlyWhite = 0.85;

/** Whether the picture's flattest part, which in a mammogram is air, is bright: as in an inverted film, or a page of text. */
export function looksInverted(
  { counts, low, high }: StoredFrame,
  { isInverted, rescale }: Pick<ImageSource, "isInverted" | "rescale">,
): boolean {
  if (low === high) return false;
  const countAt = (value: number): number => counts[value & 0xffff] ?? 0;
  let [peak, total] = [low, 0];
  for (let value = low; value <= high; value++) {
    total += countAt(value);
    if (countAt(value) > countAt(peak)) peak = value;
  }
  if (total < leastPixels) return false;
  const place = (peak - low) / (high - low);
  const isTurned = isInverted !== rescale.slope < 0; // whether high stored values are shown dark
  if ((isTurned ? 1 - place : place) < nearlyWhite) return false;
  const reach = Math.ceil(air.reach * (high - low));
  let flat = 0;
  for (let value = Math.max(low, peak - reach); value <= Math.min(high, peak + reach); value++) flat += countAt(value);
  return flat >= air.share * total;
}
