import type { DicomImage, MaskedFrame, Pixels, StoredSamples } from "@mammoflow/dicom";
import { countFrame } from "./decode-frame.ts";
import { loadKernels } from "./kernels/load-kernels.ts";
import { Picture } from "./picture.ts";
import type { ScaleStep } from "./recipe.ts";
import { dilated } from "./steps/breast-region.ts";
import { runsOutside } from "./steps/mask.ts";
import { scaleFrame } from "./steps/scale.ts";

/** Mammography, digitised film, and files that do not say: in any other image a second bright region may be a second limb. */
const modalities = new Set(["MG", "RG", undefined]);
/** By this share of the longer side the breast is kept beyond where it is found: 5 mm on a mammogram. */
const marginShare = 0.02;
/** A breast that takes more of the frame than this leaves no outside that would tell anything. */
const mostShare = 0.97;
/** So many runs, of a row as a rule, have one that is looked at for the commonest value: air is alike all over. */
const runsApart = 8;
/** The breast is found in the frame's overview, whatever the scale. */
const anyScale: ScaleStep = { step: "scale", from: "minmax", padding: "black" };

/**
 * Gives everything outside the breast one value, so that text burnt in there is gone. Generous: what is near the breast or
 * joined to it stays, be it tissue or text.
 *
 * The value is the frame's padding where it has one, else the commonest value outside.
 *
 * @returns undefined where the image is no mammogram, no background stands out from a breast, or the breast fills the frame
 */
export function maskOutsideBreast(pixels: Pixels, image: DicomImage): MaskedFrame | undefined {
  if (!modalities.has(image.modality)) return undefined;
  const kernels = loadKernels();
  const { rows, columns } = pixels;
  const samples = pixels.samples.slice(); // first, because the kernels write over what lies in their memory
  const frame = countFrame({ ...pixels, samples }, kernels);
  const { region } = new Picture(scaleFrame(frame, image, anyScale, kernels), kernels);
  if (region === undefined) return undefined;
  const margin = Math.round(Math.max(region.width, region.height) * marginShare);
  const outside = runsOutside(dilated(region, margin), { width: columns, height: rows }).map(
    ({ y, start, end }): Run => ({ start: y * columns + start, end: y * columns + end }),
  );
  const outsidePixels = outside.reduce((sum, { start, end }) => sum + end - start, 0);
  if (outsidePixels < samples.length * (1 - mostShare)) return undefined;

  const value = image.padding?.low ?? commonest(samples, outside);
  const changedPixels = outsidePixels - occurrences(value, samples, outside);
  for (const { start, end } of outside) samples.fill(value, start, end);
  return { samples, changedPixels };
}

/** Samples from `start` up to, not with, `end`. */
interface Run {
  start: number;
  end: number;
}

/** The commonest value in some of the runs. Of values of 32 bits, one whose lower half is the commonest. */
function commonest(samples: StoredSamples, runs: Run[]): number {
  const counts = new Uint32Array(0x10000);
  let most = 0;
  let value = 0;
  for (let run = 0; run < runs.length; run += runsApart) {
    const { start, end } = runs[run] ?? { start: 0, end: 0 };
    for (let index = start; index < end; index++) {
      const sample = samples[index] ?? 0;
      const count = (counts[sample & 0xffff] ?? 0) + 1;
      counts[sample & 0xffff] = count;
      if (count <= most) continue;
      most = count;
      value = sample;
    }
  }
  return value;
}

function occurrences(value: number, samples: StoredSamples, runs: Run[]): number {
  let count = 0;
  for (const { start, end } of runs)
    for (let index = start; index < end; index++) if (samples[index] === value) count++;
  return count;
}
