import type { HuffmanCodes } from "../jpeg/scan.ts";

/** A Huffman table made ready for reading. */
interface HuffmanTable {
  /** For each nine bits that may come next: code length << 8 | symbol, or 0 where the code is longer. */
  short: Uint16Array;
  /** By code length: the largest code (-1: none), and what to add to a code for its place in `symbols`. */
  largestCode: Int32Array;
  symbolOffset: Int32Array;
  symbols: Uint8Array;
}

const shortBits = 9;
const longestCode = 16;

/** Builds the canonical code of T.81 annex C. */
export function huffmanTable({ counts, symbols }: HuffmanCodes): HuffmanTable {
  const short = new Uint16Array(1 << shortBits);
  const largestCode = new Int32Array(longestCode + 1).fill(-1);
  const symbolOffset = new Int32Array(longestCode + 1);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= longestCode; length++) {
    const count = counts[length - 1] ?? 0;
    symbolOffset[length] = place - code;
    if (length <= shortBits)
      for (let index = 0; index < count; index++) {
        const first = (code + index) << (shortBits - length);
        short.fill((length << 8) | (symbols[place + index] ?? 0), first, first + (1 << (shortBits - length)));
      }
    code += count;
    place += count;
    if (count > 0) largestCode[length] = code - 1;
    code <<= 1;
  }
  return { short, largestCode, symbolOffset, symbols };
}

/** Reads the bits of entropy-coded segments: byte stuffing (T.81 B.1.1.5), Huffman codes, restart markers. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #position = 0;
  #bits = 0;
  #count = 0;
  /** Of the bits held, those made up behind the end of a segment. */
  #madeUp = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** True when more bits were taken than the segment had. */
  get isOverrun(): boolean {
    return this.#madeUp > this.#count;
  }

  /** T.81 F.2.2.3 (DECODE). */
  symbol(table: HuffmanTable): number {
    this.#fill();
    const next = table.short[(this.#bits >>> (this.#count - shortBits)) & ((1 << shortBits) - 1)] ?? 0;
    if (next !== 0) {
      this.#count -= next >> 8;
      return next & 0xff;
    }
    for (let length = shortBits + 1; length <= longestCode; length++) {
      const code = (this.#bits >>> (this.#count - length)) & ((1 << length) - 1);
      if (code > (table.largestCode[length] ?? -1)) continue;
      this.#count -= length;
      return table.symbols[code + (table.symbolOffset[length] ?? 0)] ?? 0;
    }
    throw new Error("a bit pattern that is no Huffman code");
  }

  /** T.81 F.2.2.1 (RECEIVE and EXTEND): a signed number of up to 16 bits. */
  signed(length: number): number {
    if (length === 0) return 0;
    this.#fill();
    this.#count -= length;
    const value = (this.#bits >>> this.#count) & ((1 << length) - 1);
    return value < 1 << (length - 1) ? value - (1 << length) + 1 : value;
  }

  /** Goes on behind the next restart marker; false where there is none. */
  restart(): boolean {
    this.#count = 0;
    this.#madeUp = 0;
    const bytes = this.#bytes;
    for (; this.#position + 1 < bytes.length; this.#position++) {
      const marker = bytes[this.#position + 1] ?? 0;
      if (bytes[this.#position] !== 0xff || marker < 0xd0 || marker > 0xd7) continue;
      this.#position += 2;
      return true;
    }
    return false;
  }

  /** Holds at least 17 bits afterwards; zeros stand in behind the end of the segment. */
  #fill(): void {
    while (this.#count <= 16) {
      const byte = this.#bytes[this.#position];
      const isMarker = byte === 0xff && this.#bytes[this.#position + 1] !== 0x00;
      if (byte === undefined || isMarker) {
        this.#bits <<= 8;
        this.#madeUp += 8;
      } else {
        this.#bits = (this.#bits << 8) | byte;
        this.#position += byte === 0xff ? 2 : 1;
      }
      this.#count += 8;
    }
  }
}
