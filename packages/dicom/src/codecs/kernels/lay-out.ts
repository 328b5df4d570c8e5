import type { CodecKernels } from "./load-kernels.ts";

/** Addresses in the kernels' memory for the decoding of one picture. */
export interface Layout {
  /** Room for a few tables. */
  tables: number;
  picture: number;
  /** The stream, copied in. */
  stream: number;
  streamEnd: number;
}

const pageBytes = 0x10000;
const tableBytes = 4096;
/** What kernels may read behind a stream and write behind a picture: they work in blocks. */
const overhangBytes = 256;

/**
 * Copies a stream into the kernels' memory, in front of it room for a picture of `pictureBytes`. The memory grows to what
 * the largest picture needed and is kept; the picture decoded last is overwritten.
 */
export function layOut(kernels: CodecKernels, stream: Uint8Array, pictureBytes: number): Layout {
  const layout = reserve(kernels, stream.length, pictureBytes);
  new Uint8Array(kernels.memory.buffer).set(stream, layout.stream);
  return layout;
}

/** The same without the copy. */
export function reserve(kernels: CodecKernels, streamBytes: number, pictureBytes: number): Layout {
  const { memory } = kernels;
  const tables = aligned(kernels.firstFree());
  const picture = tables + tableBytes;
  const stream = aligned(picture + pictureBytes + overhangBytes);
  const streamEnd = stream + streamBytes;
  const missing = streamEnd + overhangBytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  return { tables, picture, stream, streamEnd };
}

const aligned = (address: number): number => Math.ceil(address / 64) * 64;
