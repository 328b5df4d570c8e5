import { between, chance, pick, randomBytes } from "../dice.ts";
import type { Mutator } from "./mutator.ts";

const texts = [
  "patient,study,image\n1,2,3\n",
  '{"not": "an image"}\n',
  "<!doctype html><title>404</title>",
  "\u00ef\u00bb\u00bfP5 8 8 255\n",
  "P5\n99999999 99999999\n65535\n",
  "\x89PNG\r\n\x1a\n",
  "\xff\xd8\xff\xe0\x00\x10JFIF\x00",
  "II*\x00\x08\x00\x00\x00",
  "MM\x00*\xff\xff\xff\xff",
  "PK\x03\x04",
  "\x1f\x8b\x08\x00",
];

/** A file of something else altogether. */
const somethingElse: Mutator = (file, random) => {
  const length = chance(random, 0.9) ? random.below(4096) : between(random, 65_000, 200_000);
  const make: Record<string, () => Buffer> = {
    "an empty file": () => Buffer.alloc(0),
    zeros: () => Buffer.alloc(length),
    "bytes of 255": () => Buffer.alloc(length, 0xff),
    noise: () => randomBytes(random, Math.min(length, 4096)),
    text: () => Buffer.from(pick(random, texts), "latin1"),
    "the DICM mark alone": () =>
      Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), Buffer.alloc(random.below(16))]),
    "noise behind the DICM mark": () =>
      Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), randomBytes(random, 256)]),
    "the file backwards": () => Buffer.from(file.toReversed()),
    "the file in hexadecimal": () => Buffer.from(file.toString("hex")),
  };
  const how = pick(random, Object.keys(make));
  return { bytes: make[how]!(), how };
};

export const wholeFileMutators: readonly Mutator[] = [somethingElse];
