import { crc32 } from "node:zlib";
import type { GreyImage } from "../grey-image.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { canonicalCodes, codeLengths } from "./huffman-code.ts";

/** Filtered bytes that get a code of their own: enough to pay for its description, few enough to follow the picture. */
const blockBytes = 256 * 1024;
const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Deflate with a window of 32 KiB, RFC 1950. */
const zlibHead = Uint8Array.of(0x78, 0x01);
const endOfBlock = 256;

/**
 * A PNG of 8- or 16-bit grey and nothing else: no metadata, no time, the same bytes for the same pixels.
 *
 * PNG specification, third edition; the deflate stream (RFC 1951) has literals and runs only, each block a code made for it.
 */
export function encodePng(image: GreyImage, kernels: Kernels): Buffer {
  const { width, height } = image;
  const stream = kernels.png(image);
  const rowBytes = width * image.pixels.BYTES_PER_ELEMENT + 1;
  const rowsAtOnce = Math.max(1, Math.floor(blockBytes / rowBytes));
  // Mammograms take a third of their pixels' bytes, as a rule. Room for the worst case would have V8 collect garbage at each image.
  let png = Buffer.allocUnsafe(1024 + Math.ceil((rowBytes * height) / 3));
  let end = 0;
  const append = (bytes: Uint8Array): void => {
    if (end + bytes.length + 16 > png.length) {
      const larger = Buffer.allocUnsafe(2 * (end + bytes.length) + 16); // with room for a chunk's numbers
      png.copy(larger, 0, 0, end);
      png = larger;
    }
    png.set(bytes, end);
    end += bytes.length;
  };
  const appendChunk = (type: string, appendData: () => void): void => {
    const start = end;
    append(Buffer.from(`\0\0\0\0${type}`, "latin1"));
    appendData();
    png.writeUInt32BE(end - start - 8, start);
    end = png.writeUInt32BE(crc32(png.subarray(start + 4, end)), end);
  };

  append(signature);
  appendChunk("IHDR", () => {
    const header = Buffer.alloc(13);
    header.writeUInt32BE(width, 0);
    header.writeUInt32BE(height, 4);
    header[8] = image.pixels.BYTES_PER_ELEMENT * 8; // grey, deflate, adaptive filters, not interlaced are all 0
    append(header);
  });
  appendChunk("IDAT", () => {
    append(zlibHead);
    for (let y = 0; y < height; y += rowsAtOnce) {
      const behind = Math.min(height, y + rowsAtOnce);
      stream.filter(y, behind);
      const counts = stream.countSymbols();
      counts[endOfBlock] = 1;
      const lengths = codeLengths(counts);
      append(stream.write(blockHead(lengths, behind === height), canonicalCodes(lengths)));
    }
    append(stream.finish());
    end = png.writeUInt32BE(stream.adler32(), end);
  });
  appendChunk("IEND", () => undefined);
  return png.subarray(0, end);
}

/**
 * The head of a block with a code of its own, RFC 1951 section 3.2.7. Lengths are written plainly, four bits each (a code of
 * lengths 0 to 15): 150 bytes a block at most, and simple.
 */
function blockHead(lengths: Uint8Array, isLast: boolean): [number, number][] {
  const lengthsOfLengths = Array.from({ length: 19 }, (_, index) => (index < 3 ? 0 : 4)); // 16, 17, 18 come first, unused
  const plain = (length: number): [number, number] => [reversed4[length] ?? 0, 4];
  return [
    [isLast ? 1 : 0, 1],
    [2, 2],
    [lengths.length - 257, 5],
    [0, 5], // one distance
    [15, 4], // 19 lengths of lengths
    ...lengthsOfLengths.map((length): [number, number] => [length, 3]),
    ...Array.from(lengths, plain),
    plain(1), // distance 1 is one zero bit
  ];
}

const reversed4 = Array.from({ length: 16 }, (_, n) => ((n & 1) << 3) | ((n & 2) << 1) | ((n & 4) >> 1) | (n >> 3));
