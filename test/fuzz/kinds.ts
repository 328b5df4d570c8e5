import { declareSize } from "./mutators/declared-size.ts";
import { deflateMutators } from "./mutators/deflate.ts";
import { fragmentMutators, ofStream } from "./mutators/fragments.ts";
import { headerMutators } from "./mutators/header.ts";
import { jpeg2000StreamMutators } from "./mutators/jpeg-2000.ts";
import { jpegStreamMutators } from "./mutators/jpeg.ts";
import { type Mutator, ofWholeFile } from "./mutators/mutator.ts";
import { pgmMutators } from "./mutators/pgm.ts";
import { pngMutators } from "./mutators/png.ts";
import { rleStreamMutators } from "./mutators/rle.ts";
import { tiffMutators } from "./mutators/tiff.ts";
import { dicomSeeds, rasterSeeds } from "./seeds.ts";

/** A kind of file: sound ones to start from, and the groups of mutators that know something of it. */
export interface Kind {
  name: string;
  seeds: readonly Buffer[];
  mutators: readonly (readonly Mutator[])[];
}

const header = [headerMutators, [declareSize]];
const encapsulated = (streamMutators: readonly Mutator[]): Kind["mutators"] => [
  ...header,
  fragmentMutators,
  streamMutators,
];
const jpeg = encapsulated(jpegStreamMutators.map(ofStream));
const jpeg2000 = encapsulated(jpeg2000StreamMutators.map(ofStream));
const rle = encapsulated(rleStreamMutators.map(ofStream));

const dicomKinds: { name: string; seeds: RegExp; mutators: Kind["mutators"] }[] = [
  { name: "explicit", seeds: /^explicit little endian|^high bit|^overlay/, mutators: header },
  { name: "implicit", seeds: /^implicit/, mutators: header },
  { name: "big-endian", seeds: /^explicit big endian/, mutators: header },
  { name: "deflated", seeds: /^deflated/, mutators: [deflateMutators] },
  { name: "bare", seeds: /bare data set|no preamble/, mutators: header },
  { name: "multi-frame", seeds: /frames$|of 3$/, mutators: [...header, fragmentMutators] },
  { name: "grey-scale", seeds: /LUT|window|^rescale/, mutators: header },
  { name: "rle", seeds: /^RLE/, mutators: rle },
  { name: "jpeg-baseline", seeds: /^JPEG (baseline|of 8)/, mutators: jpeg },
  { name: "jpeg-extended", seeds: /^JPEG (extended|of 12)/, mutators: jpeg },
  { name: "jpeg-lossless", seeds: /^JPEG lossless/, mutators: jpeg },
  { name: "jpeg-ls", seeds: /^JPEG-LS/, mutators: jpeg },
  { name: "jpeg-2000", seeds: /^JPEG 2000/, mutators: jpeg2000 },
  { name: "htj2k", seeds: /^HTJ2K/, mutators: jpeg2000 },
];

const rasterKinds: { name: string; seeds: RegExp; mutators: Kind["mutators"] }[] = [
  { name: "png", seeds: /\.png$/, mutators: [pngMutators] },
  { name: "jpeg", seeds: /\.jpg$/, mutators: [jpegStreamMutators.map(ofWholeFile)] },
  { name: "tiff", seeds: /\.tif$/, mutators: [tiffMutators] },
  { name: "pgm", seeds: /\.pgm$/, mutators: [pgmMutators] },
];

/** Every kind of file that is read. */
export function fuzzKinds(): Kind[] {
  return [
    ...dicomKinds.map((kind) => ({ ...kind, seeds: seedsOf(kind.seeds, dicomSeeds()) })),
    ...rasterKinds.map((kind) => ({ ...kind, seeds: seedsOf(kind.seeds, rasterSeeds()) })),
  ];
}

function seedsOf(names: RegExp, seeds: ReturnType<typeof dicomSeeds>): Buffer[] {
  const own = seeds.filter(({ name }) => names.test(name)).map(({ bytes }) => bytes);
  if (own.length === 0) throw new Error(`no golden is named ${names.source}`);
  return own;
}
