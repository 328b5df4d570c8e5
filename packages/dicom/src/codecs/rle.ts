import { corruptError, truncatedError } from "../errors.ts";
import type { Cells } from "../stored-values.ts";
import type { Codec } from "./codec.ts";

const headerBytes = 64;
/** Two bytes, a repeat count and a value, stand for 128 at most. */
const largestExpansion = 64;

/** RLE Lossless, PS3.5 annex G: the frame's bytes in planes, most significant byte first, each packed on its own. */
export const rle: Codec = {
  name: "RLE",
  transferSyntaxes: ["1.2.840.10008.1.2.5"],
  async decode(image) {
    const { encoded, bitsAllocated, source } = image;
    const samples = image.rows * image.columns;
    const bytesPerCell = bitsAllocated / 8;
    if (encoded.length < headerBytes) throw truncatedError(source, "its RLE header is not whole");
    if ((encoded.length - headerBytes) * largestExpansion < samples * bytesPerCell)
      throw truncatedError(
        source,
        `${encoded.length} bytes of RLE cannot hold ${image.columns} x ${image.rows} pixels`,
      );
    const header = new DataView(encoded.buffer, encoded.byteOffset, headerBytes);
    const segments = header.getUint32(0, true);
    if (segments !== bytesPerCell)
      throw corruptError(source, `its RLE data has ${segments} byte planes where ${bytesPerCell} are due`);

    const planes = new Uint8Array(samples * bytesPerCell);
    for (let segment = 0; segment < segments; segment++) {
      const start = header.getUint32(4 + 4 * segment, true);
      const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : encoded.length;
      const written = unpack(encoded.subarray(start, end), planes, bytesPerCell - 1 - segment, bytesPerCell);
      if (written < samples) throw truncatedError(source, `an RLE byte plane has ${written} of ${samples} bytes`);
    }
    return { cells: cellsOf(planes, bitsAllocated), bitsStored: image.bitsStored, highBit: image.highBit };
  },
};

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

function cellsOf(bytes: Uint8Array, bitsAllocated: number): Cells {
  if (bitsAllocated === 8) return bytes;
  return bitsAllocated === 16 ? new Uint16Array(bytes.buffer) : new Uint32Array(bytes.buffer);
}
