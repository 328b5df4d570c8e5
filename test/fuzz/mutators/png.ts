import { crc32 } from "node:zlib";
import { between, boundaryLongs, chance, pick, randomBytes } from "../dice.ts";
import { zerosBomb } from "../deflated.ts";
import { replaced } from "../elements.ts";
import type { Mutator } from "./mutator.ts";

/** A chunk, PNG section 5.3: length, type, data, checksum. */
interface Chunk {
  type: string;
  at: number;
  dataAt: number;
  end: number;
}

function chunksOf(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) break;
    chunks.push({ type: file.toString("latin1", at + 4, at + 8), at, dataAt: at + 8, end });
    at = end;
  }
  return chunks;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const bytes = Buffer.alloc(typed.length + 8);
  bytes.writeUInt32BE(data.length);
  typed.copy(bytes, 4);
  bytes.writeUInt32BE(crc32(typed), typed.length + 4);
  return bytes;
}

/** Size, depth, colour type, interlacing; the checksum is right, or the decoder would look no further. */
const forgeHeader: Mutator = (file, random) => {
  const header = chunksOf(file).find(({ type, dataAt, end }) => type === "IHDR" && end - dataAt === 17);
  if (header === undefined) return undefined;
  const data = Buffer.from(file.subarray(header.dataAt, header.dataAt + 13));
  const at = pick(random, [0, 4, 8, 9, 10, 11, 12]);
  if (at < 8) data.writeUInt32BE(pick(random, [...boundaryLongs, 6928, 100_000, 30_000]), at);
  else data[at] = chance(random, 0.7) ? pick(random, [0, 1, 2, 3, 4, 6, 8, 16]) : random.below(256);
  if (chance(random, 0.2)) data.writeUInt32BE(pick(random, [1, 6928, 100_000]), 4 - (at & 4));
  return { bytes: replaced(file, header.at, header.end, chunk("IHDR", data)), how: `byte ${at} of IHDR forged` };
};

const changeChunks: Mutator = (file, random) => {
  const chunks = chunksOf(file);
  if (chunks.length === 0) return undefined;
  const { type, at, dataAt, end } = pick(random, chunks);
  const data = Buffer.from(file.subarray(dataAt, end - 4));
  const make: Record<string, () => Buffer> = {
    removed: () => replaced(file, at, end, Buffer.alloc(0)),
    repeated: () => replaced(file, at, at, file.subarray(at, end)),
    "moved to the front": () => replaced(replaced(file, at, end, Buffer.alloc(0)), 8, 8, file.subarray(at, end)),
    "with another length": () => {
      const bytes = Buffer.from(file);
      bytes.writeUInt32BE(pick(random, [...boundaryLongs, data.length + 1]), at);
      return bytes;
    },
    "with bytes changed": () => {
      for (let change = between(random, 1, 4); change > 0 && data.length > 0; change--)
        data[random.below(data.length)] = random.below(256);
      return replaced(file, at, end, chunk(type, data));
    },
    "cut short": () => replaced(file, at, end, chunk(type, data.subarray(0, random.below(data.length + 1)))),
    "of another type": () =>
      replaced(
        file,
        at,
        end,
        chunk(pick(random, ["IDAT", "PLTE", "tRNS", "iCCP", "eXIf", "acTL", "IEND", "zTXt"]), data),
      ),
  };
  const how = pick(random, Object.keys(make));
  return { bytes: make[how]!(), how: `${type} ${how}` };
};

const insertChunk: Mutator = (file, random) => {
  const chunks = chunksOf(file);
  if (chunks.length === 0) return undefined;
  const type = pick(random, [
    "gAMA",
    "iCCP",
    "sBIT",
    "tRNS",
    "PLTE",
    "eXIf",
    "zTXt",
    "iTXt",
    "pHYs",
    "acTL",
    "fdAT",
    "abCD",
  ]);
  const { at } = pick(random, chunks);
  const bytes = replaced(file, at, at, chunk(type, randomBytes(random, random.below(60))));
  return { bytes, how: `${type} inserted` };
};

/** Image data or text that inflates a thousandfold. */
const bomb: Mutator = (file, random) => {
  const header = chunksOf(file).find(({ type }) => type === "IHDR");
  if (header === undefined || !chance(random, 0.05)) return undefined;
  const stream = zerosBomb(pick(random, [1000, 90_000, 300_000]));
  const side = pick(random, [17, 6900, 20_000]);
  const data = Buffer.from("00000000000000000800000000", "hex");
  data.writeUInt32BE(side);
  data.writeUInt32BE(side, 4);
  const isText = chance(random, 0.3);
  const text = chunk(pick(random, ["zTXt", "iCCP"]), Buffer.concat([Buffer.from("a\0\0"), stream]));
  const bytes = Buffer.concat([
    file.subarray(0, 8),
    isText ? file.subarray(header.at, header.end) : chunk("IHDR", data),
    isText ? text : chunk("IDAT", stream),
    isText ? file.subarray(header.end) : chunk("IEND", Buffer.alloc(0)),
  ]);
  return { bytes, how: `a bomb of ${stream.length} bytes ${isText ? "of text" : `for ${side} x ${side} pixels`}` };
};

/** For PNG. */
export const pngMutators: readonly Mutator[] = [forgeHeader, changeChunks, insertChunk, bomb];
