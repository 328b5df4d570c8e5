import {
  between,
  boundaryBytes,
  boundaryLongs,
  boundaryWords,
  chance,
  pick,
  randomBytes,
  someLength,
} from "../dice.ts";
import { replaced } from "../elements.ts";
import type { Mutator } from "./mutator.ts";

const flipBits: Mutator = (file, random) => {
  const bytes = Buffer.from(file);
  const count = between(random, 1, 8);
  for (let flip = 0; flip < count && bytes.length > 0; flip++) {
    const at = random.below(bytes.length);
    bytes[at] = bytes[at]! ^ (1 << random.below(8));
  }
  return { bytes, how: `${count} bits flipped` };
};

const setNumber: Mutator = (file, random) => {
  const size = pick(random, [1, 2, 4] as const);
  if (file.length < size) return undefined;
  const bytes = Buffer.from(file);
  const at = random.below(bytes.length - size + 1);
  const number = pick(random, size === 1 ? boundaryBytes : size === 2 ? boundaryWords : boundaryLongs);
  if (chance(random, 0.5)) bytes.writeUIntLE(number, at, size);
  else bytes.writeUIntBE(number, at, size);
  return { bytes, how: `${size} bytes at ${at} set to ${number}` };
};

const truncate: Mutator = (file, random) => {
  const kept = random.below(file.length + 1);
  return { bytes: file.subarray(0, kept), how: `cut to ${kept} of ${file.length} bytes` };
};

const removeBlock: Mutator = (file, random) => {
  const start = random.below(file.length + 1);
  const end = Math.min(file.length, start + someLength(random, file.length - start));
  return { bytes: replaced(file, start, end, Buffer.alloc(0)), how: `bytes ${start} to ${end} removed` };
};

const repeatBlock: Mutator = (file, random) => {
  const start = random.below(file.length + 1);
  const end = Math.min(file.length, start + someLength(random, file.length - start));
  const times = between(random, 1, 4);
  const block = Buffer.concat(Array.from({ length: times }, () => file.subarray(start, end)));
  return { bytes: replaced(file, start, start, block), how: `bytes ${start} to ${end} repeated ${times} times` };
};

const insertBlock: Mutator = (file, random) => {
  const at = random.below(file.length + 1);
  const length = someLength(random, 256);
  const block = chance(random, 0.5) ? randomBytes(random, length) : Buffer.alloc(length, pick(random, boundaryBytes));
  return { bytes: replaced(file, at, at, block), how: `${length} bytes inserted at ${at}` };
};

const overwriteBlock: Mutator = (file, random) => {
  const bytes = Buffer.from(file);
  const from = random.below(file.length + 1);
  const to = random.below(file.length + 1);
  const length = bytes.copy(bytes, to, from, from + someLength(random, file.length - from));
  return { bytes, how: `${length} bytes copied from ${from} to ${to}` };
};

const splice: Mutator = (file, random, others) => {
  const other = pick(random, others);
  const head = random.below(file.length + 1);
  const tail = chance(random, 0.5) ? Math.min(head, other.length) : random.below(other.length + 1);
  const bytes = Buffer.concat([file.subarray(0, head), other.subarray(tail)]);
  return { bytes, how: `${head} bytes, then another file from ${tail}` };
};

/** Those that know nothing of the format. */
export const blindMutators: readonly Mutator[] = [
  flipBits,
  setNumber,
  truncate,
  removeBlock,
  repeatBlock,
  insertBlock,
  overwriteBlock,
  splice,
];
