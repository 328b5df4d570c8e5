// What the module offers. Addresses are bytes in its own memory, from `firstFree` on laid out and grown by the caller
// (src/codecs/kernels/lay-out.ts), who leaves 256 bytes behind every stream and every picture: kernels work in
// blocks that may hang over.

export { rleBytes, rleWords } from "./rle";
export { beginSegments, restart } from "./jpeg-bits";
export { losslessDifferences, losslessFirstRow, losslessRow, losslessTable } from "./jpeg-lossless";
export { finish16, finish32, finishF32, lowBytes, shiftUp } from "./samples";
export { sequentialBegin, sequentialRow } from "./jpeg-sequential";
export { lsBegin, lsLine, lsParameters } from "./jpeg-ls";
export { decodeBlock } from "./code-blocks";
export { storeBlock16, storeBlock32, storeBlockF32 } from "./store-block";
export { reversible16, reversible32 } from "./wavelet-reversible";
export { irreversible } from "./wavelet-irreversible";

/** The first address that no table of the kernels lies at. */
export function firstFree(): usize {
  return __heap_base;
}
