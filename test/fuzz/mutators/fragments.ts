import { between, boundaryLongs, chance, pick, randomBytes } from "../dice.ts";
import { elementBytes, layoutOf, itemTag, withLength } from "../elements.ts";
import { type Encapsulated, encapsulatedOf, withEncapsulated } from "../fragments.ts";
import { withElement } from "./header.ts";
import type { Mutator, StreamMutator } from "./mutator.ts";

const forgeOffsetTable: Mutator = (file, random) => {
  const pixels = encapsulatedOf(file);
  if (pixels === undefined) return undefined;
  const offsetTable = Buffer.alloc(4 * pick(random, [0, 1, 2, 3, 16, 1000]));
  for (let at = 0; at < offsetTable.length; at += 4)
    offsetTable.writeUInt32LE(chance(random, 0.5) ? pick(random, boundaryLongs) : random.below(file.length), at);
  return {
    bytes: withEncapsulated(file, { ...pixels, offsetTable }),
    how: `an offset table of ${offsetTable.length} bytes`,
  };
};

/** The Extended Offset Table, of 64 bits, with values that no number of JavaScript holds among them. */
const forgeExtendedOffsets: Mutator = (file, random) => {
  if (encapsulatedOf(file) === undefined) return undefined;
  const table = Buffer.alloc(8 * between(random, 0, 4) + (chance(random, 0.2) ? 3 : 0));
  for (let at = 0; at + 4 <= table.length; at += 4)
    table.writeUInt32LE(chance(random, 0.5) ? 0 : pick(random, boundaryLongs), at);
  return {
    bytes: withElement(file, layoutOf(file), 0x7fe00001, "OV", table),
    how: `an extended offset table of ${table.length} bytes`,
  };
};

const changeFragments: Mutator = (file, random, others) => {
  const pixels = encapsulatedOf(file);
  if (pixels === undefined) return undefined;
  const fragments = [...pixels.fragments];
  const at = random.below(fragments.length);
  const own = fragments[at]!;
  const changes: Record<string, () => void> = {
    removed: () => void fragments.splice(at, 1),
    repeated: () => void fragments.splice(at, 0, own),
    "in reverse": () => void fragments.splice(0, fragments.length, ...fragments.toReversed()),
    emptied: () => void (fragments[at] = Buffer.alloc(0)),
    "cut in two": () => {
      const cut = random.below(own.length + 1);
      fragments.splice(at, 1, own.subarray(0, cut), own.subarray(cut));
    },
    "cut short": () => void (fragments[at] = own.subarray(0, random.below(own.length + 1))),
    "from another file": () => void (fragments[at] = stolen(others[random.below(others.length)]!) ?? own),
    "behind a thousand empty ones": () =>
      void fragments.unshift(...Array.from({ length: 1000 }, () => Buffer.alloc(0))),
    "longer by garbage": () => void (fragments[at] = Buffer.concat([own, randomBytes(random, between(random, 1, 64))])),
  };
  const kind = pick(random, Object.keys(changes));
  changes[kind]!();
  return { bytes: withEncapsulated(file, { ...pixels, fragments }), how: `fragments ${kind}` };
};

function stolen(file: Buffer): Buffer | undefined {
  return encapsulatedOf(file)?.fragments[0];
}

const forgeFragmentLength: Mutator = (file, random) => {
  const { elements, encoding } = layoutOf(file);
  const items = elements.filter(({ tag, isInPixelData }) => isInPixelData && tag === itemTag);
  if (items.length === 0) return undefined;
  const item = pick(random, items);
  const length = pick(random, [...boundaryLongs, item.length + 1, item.length - 2, file.length - item.valueAt]);
  return { bytes: withLength(file, item, length, encoding), how: `a fragment's length is ${length}` };
};

/** More fragments than any reader should keep a record of each. */
const flood: Mutator = (file, random) => {
  const pixels = encapsulatedOf(file);
  if (pixels === undefined || !chance(random, 0.02)) return undefined;
  const empty = elementBytes({ isExplicit: true, isBigEndian: false }, itemTag, "", Buffer.alloc(0));
  const count = pick(random, [99_000, 101_000]);
  const head = withEncapsulated(file, { ...pixels, fragments: [] });
  const bytes = Buffer.concat([head.subarray(0, head.length - 8), ...Array.from({ length: count }, () => empty)]);
  return { bytes, how: `${count} empty fragments` };
};

/** What can be wrong between the header and a compressed stream. */
export const fragmentMutators: readonly Mutator[] = [
  forgeOffsetTable,
  forgeExtendedOffsets,
  changeFragments,
  forgeFragmentLength,
  flood,
];

/** A mutator of streams as one of files: it changes one fragment. */
export function ofStream(change: StreamMutator): Mutator {
  return (file, random) => {
    const pixels: Encapsulated | undefined = encapsulatedOf(file);
    if (pixels === undefined) return undefined;
    const at = random.below(pixels.fragments.length);
    const changed = change(Buffer.from(pixels.fragments[at]!), random);
    if (changed === undefined) return undefined;
    const fragments = pixels.fragments.with(at, changed.bytes);
    return { bytes: withEncapsulated(file, { ...pixels, fragments }), how: changed.how };
  };
}
