import type { LesionBox, Prediction } from "@mammoflow/evaluation";
import { breastMask } from "@mammoflow/imaging";
import type { ManifestLine } from "@mammoflow/jobs";
import type { ObjectStore } from "@mammoflow/storage";
import { readImage } from "../read-image.ts";

/** A prepared image with what its map is judged by. */
export interface PreparedImage {
  line: ManifestLine;
  /** uint8 `[size, size]` */
  pixels: Uint8Array;
  sizePx: number;
  /** 1 inside the breast, `[size, size]`. */
  breast: Uint8Array;
  /** Lesions in the image's pixels. */
  boxes: LesionBox[];
}

/** @throws AppError `OBJECT_MISSING`, `IMAGE_PNG` */
export async function readPrepared(store: ObjectStore, line: ManifestLine, runId: string): Promise<PreparedImage> {
  const { pixels, sizePx } = await readImage(store, line, runId);
  return { line, pixels, sizePx, breast: breastMask(pixels, sizePx), boxes: boxesOf(line) };
}

export function boxesOf({ findings = [] }: ManifestLine): LesionBox[] {
  return findings.flatMap(({ box }) => (box === null ? [] : [box]));
}

/** Errors at a threshold, the worst first: malignant images called benign, and the reverse. */
export function errorsAt(
  predictions: readonly Prediction[],
  threshold: number,
): Record<"falseNegatives" | "falsePositives", Prediction[]> {
  return {
    falseNegatives: predictions
      .filter(({ label, probability }) => label === 1 && probability < threshold)
      .toSorted((a, b) => a.probability - b.probability),
    falsePositives: predictions
      .filter(({ label, probability }) => label === 0 && probability >= threshold)
      .toSorted((a, b) => b.probability - a.probability),
  };
}
