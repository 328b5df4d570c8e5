import type { Random } from "@mammoflow/runtime";
import { between, boundaryLongs, chance, pick } from "../dice.ts";
import type { Mutator } from "./mutator.ts";

/** The first directory's entries: tag, type, count, value or offset; TIFF 6.0 section 2. */
function entriesOf(file: Buffer): { at: number; isLittle: boolean }[] {
  if (file.length < 8) return [];
  const isLittle = file[0] === 0x49;
  const directory = isLittle ? file.readUInt32LE(4) : file.readUInt32BE(4);
  if (directory + 2 > file.length) return [];
  const count = isLittle ? file.readUInt16LE(directory) : file.readUInt16BE(directory);
  return Array.from({ length: Math.min(count, 64) }, (_, index) => ({
    at: directory + 2 + 12 * index,
    isLittle,
  })).filter(({ at }) => at + 16 <= file.length);
}

const tags = [
  254, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 330, 338, 339, 347,
  34665,
];

function put(bytes: Buffer, value: number, at: number, size: 2 | 4, isLittle: boolean): void {
  const wrapped = size === 2 ? value & 0xffff : value >>> 0;
  if (isLittle) bytes.writeUIntLE(wrapped, at, size);
  else bytes.writeUIntBE(wrapped, at, size);
}

/** Size, depth, compression, strips and tiles, subdirectories: whatever an entry is about. */
const forgeEntry: Mutator = (file, random) => {
  const entries = entriesOf(file);
  if (entries.length === 0) return undefined;
  const bytes = Buffer.from(file);
  const { at, isLittle } = pick(random, entries);
  const field = pick(random, ["tag", "type", "count", "value", "value", "value"] as const);
  const value = valueFor(field, file, random);
  if (field === "tag") put(bytes, value, at, 2, isLittle);
  if (field === "type") put(bytes, value, at + 2, 2, isLittle);
  if (field === "count") put(bytes, value, at + 4, 4, isLittle);
  if (field === "value") put(bytes, value, at + 8, chance(random, 0.5) ? 2 : 4, isLittle);
  return { bytes, how: `${field} of the entry at ${at} is ${value}` };
};

function valueFor(field: "tag" | "type" | "count" | "value", file: Buffer, random: Random): number {
  if (field === "tag") return pick(random, tags);
  if (field === "type") return between(random, 0, 18);
  return chance(random, 0.5)
    ? pick(random, [...boundaryLongs, 5, 6, 12, 16, 32, 6928, 100_000])
    : random.below(file.length);
}

/** Directories that follow one another without end, or begin where there is none. */
const forgeDirectory: Mutator = (file, random) => {
  const last = entriesOf(file).at(-1);
  if (last === undefined) return undefined;
  const bytes = Buffer.from(file);
  const first = last.isLittle ? file.readUInt32LE(4) : file.readUInt32BE(4);
  const target = pick(random, [first, 0, 8, file.length, 0xffffffff, random.below(file.length)]);
  const isNext = chance(random, 0.7);
  put(bytes, target, isNext ? last.at + 12 : 4, 4, last.isLittle);
  return { bytes, how: `the ${isNext ? "next" : "first"} directory is at ${target}` };
};

/** For TIFF. */
export const tiffMutators: readonly Mutator[] = [forgeEntry, forgeEntry, forgeDirectory];
