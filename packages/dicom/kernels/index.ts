// What the module offers. Addresses are bytes in its own memory, from `firstFree` on laid out and grown by the caller
// (src/codecs/kernels/lay-out.ts), who leaves 256 bytes behind every stream and every picture: kernels work in
// blocks that may hang over.

export { rleBytes, rleWords } from "./rle";
export { beginSegments, restart } from "./jpeg-bits";
export { losslessDifferences, losslessFirstRow, losslessRow, losslessTable } from "./jpeg-lossless";
export { lowBytes, shiftUp } from "./samples";
export { sequentialBegin, sequentialRow } from "./jpeg-sequential";
export { lsBegin, lsLine, lsParameters } from "./jpeg-ls";

/** The first address that no table of the kernels lies at. */
export function firstFree(): usize {
  return __heap_base;
}
