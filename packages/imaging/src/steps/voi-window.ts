import type { VoiWindow } from "@mammoflow/dicom";

/**
 * The display value of a modality value under a VOI window, 0 to `white`, not rounded; PS3.3 C.11.2.1.2 (LINEAR) and
 * C.11.2.1.3 (SIGMOID, LINEAR_EXACT).
 */
export function windowed(value: number, { center, width, function: voiFunction }: VoiWindow, white: number): number {
  if (voiFunction === "SIGMOID") return white / (1 + Math.exp((-4 * (value - center)) / width));
  // LINEAR counts pixels' centres: its window begins and ends half a value earlier and is one value narrower.
  const isExact = voiFunction === "LINEAR_EXACT";
  const middle = isExact ? center : center - 0.5;
  const span = isExact ? width : width - 1;
  if (value <= middle - span / 2) return 0;
  if (value > middle + span / 2) return white;
  return ((value - middle) / span + 0.5) * white;
}
