import { chance, pick } from "../dice.ts";
import type { Mutator } from "./mutator.ts";

const numbers = [
  "0",
  "1",
  "2",
  "17",
  "255",
  "256",
  "65535",
  "65536",
  "99999",
  "100000",
  "48000000",
  "-1",
  "1e9",
  "999999999999",
  "0x10",
  "7.5",
  "",
];
const gaps = [" ", "\n", "\t", "\r\n", "# a comment\n", "#\n", "#", "", "  \n\n ", "\0", "/"];

/** Another header on the same values. */
const forgeHeader: Mutator = (file, random) => {
  const found = /^P[25]\s+(?:#[^\n]*\n\s*)*(\d+)\s+(?:#[^\n]*\n\s*)*(\d+)\s+(?:#[^\n]*\n\s*)*(\d+)\s/.exec(
    file.toString("latin1"),
  );
  if (found === null) return undefined;
  const fields = found.slice(1).map((field) => (chance(random, 0.5) ? pick(random, numbers) : field));
  const gap = (): string => (chance(random, 0.8) ? " " : pick(random, gaps));
  const magic = chance(random, 0.8) ? found[0].slice(0, 2) : pick(random, ["P1", "P2", "P3", "P5", "P6", "P7"]);
  const header = `${magic}${gap()}${fields[0]}${gap()}${fields[1]}${gap()}${fields[2]}${gap()}`;
  return {
    bytes: Buffer.concat([Buffer.from(header, "latin1"), file.subarray(found[0].length)]),
    how: JSON.stringify(header),
  };
};

/** For PGM. */
export const pgmMutators: readonly Mutator[] = [forgeHeader];
