import { chance, pick } from "../dice.ts";
import { deflateBomb, deflated, inflated } from "../deflated.ts";
import { headerMutators } from "./header.ts";
import type { Mutator } from "./mutator.ts";

/** A forged header inside a sound deflate stream. */
const forgeInside: Mutator = (file, random, others) => {
  const plain = inflated(file);
  const forged = plain && pick(random, headerMutators)(plain, random, others);
  return forged && { bytes: deflated(forged.bytes), how: `deflated: ${forged.how}` };
};

/** A thousand times as many bytes as the file has, at most about one GB. */
const bomb: Mutator = (file, random) => {
  const plain = inflated(file);
  if (plain === undefined || !chance(random, 0.05)) return undefined;
  const [rows, columns] = pick(random, [
    [37, 42],
    [6928, 6928],
    [65_535, 65_535],
  ] as const);
  const zeroBytes = pick(random, [1000, 95_000, 200_000, 1_000_000]);
  const bytes = deflateBomb(plain, rows, columns, zeroBytes);
  return { bytes, how: `${zeroBytes * 1032} zeros in ${bytes.length} bytes, declared as ${rows} x ${columns}` };
};

/** For Deflated Explicit VR Little Endian. */
export const deflateMutators: readonly Mutator[] = [forgeInside, forgeInside, forgeInside, bomb];
