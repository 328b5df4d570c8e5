import { between, boundaryLongs, chance, pick } from "../dice.ts";
import { replaced } from "../elements.ts";
import type { StreamMutator } from "./mutator.ts";

const headerBytes = 64;

/** PS3.5 G.5: the number of segments and their offsets, from the frame's first byte. */
const forgeOffsets: StreamMutator = (stream, random) => {
  if (stream.length < headerBytes) return undefined;
  const at = 4 * (chance(random, 0.3) ? 0 : between(random, 1, 4));
  const value = chance(random, 0.5) ? pick(random, boundaryLongs) : random.below(2 * stream.length);
  stream.writeUInt32LE(value, at);
  return { bytes: stream, how: at === 0 ? `${value} RLE segments` : `RLE segment ${at / 4} is at ${value}` };
};

const forgeRuns: StreamMutator = (stream, random) => {
  if (stream.length <= headerBytes) return undefined;
  const at = between(random, headerBytes, stream.length - 1);
  const isInserted = chance(random, 0.5);
  const piece = Buffer.alloc(between(random, 1, 32), pick(random, [0x00, 0x7f, 0x80, 0x81, 0xff]));
  return {
    bytes: replaced(stream, at, isInserted ? at : Math.min(stream.length, at + piece.length), piece),
    how: `${piece.length} times ${piece[0]} ${isInserted ? "into" : "over"} the runs at ${at}`,
  };
};

/** For RLE Lossless. */
export const rleStreamMutators: readonly StreamMutator[] = [forgeOffsets, forgeRuns];
