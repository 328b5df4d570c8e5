/** Random numbers that are the same on every machine: sfc32, seeded by a hash of named parts. */
import { createHash } from "node:crypto";
import { randomAt, type Random as Stream } from "@mammoflow/runtime";

/** A stream with the draws that phantoms need. */
export interface Random extends Stream {
  between(low: number, high: number): number;
  /** Standard normal, cut at 3 standard deviations. */
  normal(): number;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  /** One of the items, each with the probability that its share has of all shares. */
  pickByShare<Item extends { share: number }>(items: readonly [Item, ...Item[]]): Item;
  /** A new array in random order (Fisher-Yates). */
  shuffle<Item>(items: readonly Item[]): Item[];
}

/**
 * A stream of its own for each list of names, e.g. `randomFor(seed, "study", 3, "maker")`: what is drawn from one says
 * nothing about what is drawn from another, and drawing more from one moves no other.
 */
export function randomFor(...names: (string | number)[]): Random {
  const digest = createHash("sha256").update(names.join("/")).digest();
  const stream = randomAt(digest.readUInt32LE(0) | 0, digest.readUInt32LE(4) | 0, digest.readUInt32LE(8) | 0, 1);
  const { uniform, below } = stream;
  return {
    ...stream,
    between: (low, high) => low + (high - low) * uniform(),
    normal() {
      for (;;) {
        const value = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
        if (Math.abs(value) <= 3) return value;
      }
    },
    pick: (items) => items[below(items.length)] ?? items[0],
    pickByShare(items) {
      let left = uniform() * items.reduce((sum, { share }) => sum + share, 0);
      return items.find(({ share }) => (left -= share) < 0) ?? items[0];
    },
    shuffle(items) {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const other = below(last + 1);
        [shuffled[last], shuffled[other]] = [shuffled[other], shuffled[last]] as [
          (typeof shuffled)[0],
          (typeof shuffled)[0],
        ];
      }
      return shuffled;
    },
  };
}

/** 32 hexadecimal digits, like VinDr-Mammo's identifiers. */
export function identifierFor(...names: (string | number)[]): string {
  return createHash("sha256").update(names.join("/")).digest("hex").slice(0, 32);
}
