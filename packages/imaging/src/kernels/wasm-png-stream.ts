import type { GreyImage } from "../grey-image.ts";
import { symbolOfLength } from "../png/length-symbols.ts";
import type { PngStream } from "./kernels.ts";
import type { KernelHost } from "./wasm-kernels.ts";

const symbols = 286;
/** Zeros before a row stand for the pixels to its left; those behind it fill its last block. */
const marginBytes = 32;

/** `plainPngStream` in the kernels' memory. */
export function wasmPngStream(image: GreyImage, host: KernelHost): PngStream {
  const { kernels, memory, arena } = host;
  const pixelBytes = image.pixels.BYTES_PER_ELEMENT;
  const rowBytes = image.width * pixelBytes;
  const { address, strideBytes } = host.addressOf(image);
  const bytes = new Uint8Array(memory);

  // The row at hand and the one above it take turns.
  const rowsAt = [0, 1].map(() => arena.take(rowBytes + 2 * marginBytes) + marginBytes) as [number, number]; // a map over two
  for (const at of rowsAt) bytes.fill(0, at - marginBytes, at + rowBytes + marginBytes);
  const lengthsAt = arena.take(259 * 4);
  const lengths = new Uint32Array(memory, lengthsAt, 259);
  for (let length = 3; length < 259; length++) {
    const { symbol, extra, extraBits } = symbolOfLength(length);
    lengths[length] = (symbol - 257) | (extraBits << 8) | (extra << 16);
  }
  const countsAt = arena.take(symbols * 4);
  const codesAt = arena.take(symbols * 4);
  let takenAt = 0;
  let room = 0;
  let taken = 0;
  let outAt = 0;
  let out = 0; // behind the last whole byte
  let checksum = 1;
  kernels.clearBits();

  return {
    filter(from, to) {
      taken = (to - from) * (rowBytes + 1);
      if (room < taken) {
        room = taken;
        takenAt = arena.take(room + 16) + 16; // the first byte has one before it, too
        outAt = arena.take(2 * room + 1024); // a code has 15 bits at most
      }
      for (let y = from; y < to; y++) {
        const [row, above] = y % 2 === 0 ? rowsAt : [rowsAt[1], rowsAt[0]];
        const source = address + y * strideBytes;
        if (pixelBytes === 1) bytes.copyWithin(row, source, source + rowBytes);
        else {
          kernels.swapRow(source, image.width, row);
          bytes.fill(0, row + rowBytes, row + rowBytes + 16); // swapped in whole blocks
        }
        kernels.filterRow(row, above, rowBytes, pixelBytes, takenAt + (y - from) * (rowBytes + 1));
      }
      checksum = kernels.adler32(takenAt, taken, checksum);
    },

    countSymbols() {
      const counts = new Uint32Array(memory, countsAt, symbols).fill(0);
      kernels.countSymbols(takenAt, taken, lengthsAt, countsAt);
      return counts.slice();
    },

    write(head, codes) {
      new Uint32Array(memory, codesAt, symbols).set(codes);
      out = outAt;
      for (const [bits, count] of head) out = kernels.writeBits(bits, count, out);
      out = kernels.writeSymbols(takenAt, taken, lengthsAt, codesAt, out);
      const endOfBlock = codes[256] ?? 0;
      out = kernels.writeBits(endOfBlock & 0xffff, endOfBlock >>> 16, out);
      return bytes.subarray(outAt, out);
    },

    finish: () => bytes.subarray(out, kernels.writeBits(0, 7, out)),
    adler32: () => checksum >>> 0,
  };
}
