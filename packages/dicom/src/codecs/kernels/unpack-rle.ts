import { truncatedError } from "../../errors.ts";
import type { Cells } from "../../stored-values.ts";
import type { RlePlanes } from "../rle.ts";
import { layOut } from "./lay-out.ts";
import type { CodecKernels } from "./load-kernels.ts";

/**
 * Does what `unpackRlePlainly` does for one or two planes.
 *
 * @returns a view into the kernels' memory, valid until the next picture
 */
export function unpackRleInKernels(
  { encoded, planes, samples }: RlePlanes,
  kernels: CodecKernels,
  source: string,
): Cells {
  const { picture, stream } = layOut(kernels, encoded, samples * planes.length);
  const [from = 0, end = 0, lowFrom = 0, lowEnd = 0] = planes.flatMap((plane) => {
    const start = stream + plane.byteOffset - encoded.byteOffset;
    return [start, start + plane.length];
  });
  const written =
    planes.length === 1
      ? kernels.rleBytes(from, end, picture, samples)
      : kernels.rleWords(from, end, lowFrom, lowEnd, picture, samples);
  if (written < samples) throw truncatedError(source, `an RLE byte plane has ${written} of ${samples} bytes`);
  const { buffer } = kernels.memory;
  return planes.length === 1 ? new Uint8Array(buffer, picture, samples) : new Uint16Array(buffer, picture, samples);
}
