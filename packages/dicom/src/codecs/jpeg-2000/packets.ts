import type { CodeBlock, Precinct, Resolution } from "./subbands.ts";
import type { Tile } from "./codestream.ts";

const startOfPacket = 0x91;
const endOfHeader = 0x92;
const mostLengthBits = 32;
/** More than any subband has. */
const mostZeroPlanes = 80;

/**
 * Reads the packets of a tile, ISO/IEC 15444-1 B.9 and B.10: what each says about its code-blocks is added to them.
 *
 * @throws Error with a clause where packets end before the tile does
 */
export function readPackets(stream: Uint8Array, tile: Tile, resolutions: Resolution[]): void {
  const parts = tile.parts.values();
  let part = parts.next().value;
  let position = part?.start ?? 0;
  for (const { layer, precinct } of packetOrder(tile, resolutions)) {
    while (part !== undefined && position >= part.end) {
      part = parts.next().value;
      position = part?.start ?? 0;
    }
    if (part === undefined) throw new Error("fewer packets than the tile has");
    position = readPacket(stream, position, part.end, precinct, layer, tile.coding.hasHeaderEnds);
  }
}

/** B.12. */
function* packetOrder({ coding }: Tile, resolutions: Resolution[]): Generator<{ layer: number; precinct: Precinct }> {
  const { progression, layers } = coding;
  if (progression === 0) {
    for (let layer = 0; layer < layers; layer++)
      for (const { precincts } of resolutions) for (const precinct of precincts) yield { layer, precinct };
    return;
  }
  if (progression === 1) {
    for (const { precincts } of resolutions)
      for (let layer = 0; layer < layers; layer++) for (const precinct of precincts) yield { layer, precinct };
    return;
  }
  // By resolution and place; or by place alone, which sorting keeps in the order of resolutions.
  const byResolution = resolutions.flatMap(({ precincts }) => precincts);
  const ordered = progression === 2 ? byResolution : byResolution.toSorted((a, b) => a.y - b.y || a.x - b.x);
  for (const precinct of ordered) for (let layer = 0; layer < layers; layer++) yield { layer, precinct };
}

/** Returns where the packet ends. */
function readPacket(
  stream: Uint8Array,
  start: number,
  end: number,
  precinct: Precinct,
  layer: number,
  hasHeaderEnd: boolean,
): number {
  let position = start;
  if (stream[position] === 0xff && stream[position + 1] === startOfPacket) position += 6;
  const bits = new HeaderBits(stream, position, end);
  const included: { block: CodeBlock; length: number }[] = [];
  if (bits.read() === 1)
    for (const { blocks, across, inclusion, zeroPlanes } of precinct.groups)
      for (const [index, block] of blocks.entries()) {
        const x = index % across;
        const y = Math.floor(index / across);
        if (block.isIncluded) {
          if (bits.read() === 0) continue;
        } else {
          if (inclusion.read(x, y, layer + 1, bits.read) > layer) continue;
          block.isIncluded = true;
          block.zeroPlanes = zeroPlanes.read(x, y, mostZeroPlanes, bits.read);
        }
        const passes = readPasses(bits);
        while (bits.read() === 1) block.lengthBits++;
        const lengthBits = block.lengthBits + Math.floor(Math.log2(passes));
        if (lengthBits > mostLengthBits) throw new Error("a code-block of an impossible length");
        block.passes += passes;
        included.push({ block, length: bits.number(lengthBits) });
      }
  position = bits.end();
  if (hasHeaderEnd && stream[position] === 0xff && stream[position + 1] === endOfHeader) position += 2;
  for (const { block, length } of included) {
    if (position + length > end) throw new Error("a packet that is not whole");
    if (length > 0) block.chunks.push({ start: position, end: position + length });
    position += length;
  }
  return position;
}

/** B.10.6, table B.4. */
function readPasses(bits: HeaderBits): number {
  if (bits.read() === 0) return 1;
  if (bits.read() === 0) return 2;
  const few = bits.number(2);
  if (few < 3) return 3 + few;
  const more = bits.number(5);
  return more < 31 ? 6 + more : 37 + bits.number(7);
}

/** The bits of a packet header; behind a byte FF the next has seven (B.10.1). */
class HeaderBits {
  readonly #stream: Uint8Array;
  readonly #end: number;
  #position: number;
  #byte = 0;
  #left = 0;

  constructor(stream: Uint8Array, position: number, end: number) {
    this.#stream = stream;
    this.#position = position;
    this.#end = end;
  }

  readonly read = (): number => {
    if (this.#left === 0) {
      if (this.#position >= this.#end) throw new Error("a packet header that is not whole");
      this.#left = this.#byte === 0xff ? 7 : 8;
      this.#byte = this.#stream[this.#position++] ?? 0;
    }
    this.#left--;
    return (this.#byte >> this.#left) & 1;
  };

  number(bits: number): number {
    let number = 0;
    for (let bit = 0; bit < bits; bit++) number = number * 2 + this.read();
    return number;
  }

  /** Where the body begins: at a whole byte, and never behind FF. */
  end(): number {
    return this.#byte === 0xff ? this.#position + 1 : this.#position;
  }
}
