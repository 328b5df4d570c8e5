import { truncatedError } from "../../errors.ts";
import type { Cells } from "../../stored-values.ts";
import type { RlePlanes } from "../rle.ts";

/**
 * Unpacks the byte planes of an RLE frame, PS3.5 G.3.
 *
 * @returns `samples` cells of as many bytes as there are planes
 * @throws DicomError `DICOM_TRUNCATED` when a plane has fewer bytes
 */
export function unpackRlePlainly({ planes, samples }: RlePlanes, source: string): Cells {
  const bytes = new Uint8Array(samples * planes.length);
  for (const [index, plane] of planes.entries()) {
    const written = unpack(plane, bytes, planes.length - 1 - index, planes.length);
    if (written < samples) throw truncatedError(source, `an RLE byte plane has ${written} of ${samples} bytes`);
  }
  if (planes.length === 1) return bytes;
  return planes.length === 2 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}

/**
 * Unpacks one segment (PS3.5 G.3.2) into every `step`-th byte of `target`, from `offset`.
 *
 * @returns the number of bytes written; what would go past the end of the plane is dropped
 */
function unpack(packed: Uint8Array, target: Uint8Array, offset: number, step: number): number {
  let to = offset;
  let from = 0;
  while (from < packed.length && to < target.length) {
    const control = packed[from++] ?? 0;
    if (control < 128) {
      const end = Math.min(from + control + 1, packed.length);
      for (; from < end && to < target.length; to += step) target[to] = packed[from++] ?? 0;
    } else if (control > 128) {
      const value = packed[from++];
      if (value === undefined) break;
      const end = Math.min(to + (257 - control) * step, target.length);
      for (; to < end; to += step) target[to] = value;
    }
  }
  return Math.ceil((to - offset) / step);
}
