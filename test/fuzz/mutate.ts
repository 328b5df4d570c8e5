import { type Random, createRandom } from "@mammoflow/runtime";
import { between, chance, pick } from "./dice.ts";
import type { Kind } from "./kinds.ts";
import { blindMutators } from "./mutators/blind.ts";
import type { Mutated, Mutator } from "./mutators/mutator.ts";
import { wholeFileMutators } from "./mutators/whole-files.ts";

/** One mutation, and all that is needed to make it again. */
export interface Mutation {
  kind: string;
  seed: number;
  number: number;
}

/** Larger files only take longer. */
const mostBytes = 2_000_000;

/**
 * The bytes of a mutation: a function of its arguments alone, on every platform.
 *
 * One to four changes on top of one another: half of them blind, half of them with knowledge of the format.
 */
export function mutate({ name, seeds, mutators }: Kind, seed: number, number: number): Mutated {
  const random = createRandom(streamOf(name, seed, number));
  let bytes = pick(random, seeds);
  const how: string[] = [];
  const changes = chance(random, 0.6) ? 1 : between(random, 2, 4);
  for (let tried = 0; how.length < changes && tried < 20; tried++) {
    const changed = pickMutator(random, mutators)(bytes, random, seeds);
    if (changed === undefined || changed.bytes.length > mostBytes) continue;
    bytes = changed.bytes;
    how.push(changed.how);
  }
  return { bytes, how: how.join("; ") };
}

function pickMutator(random: Random, mutators: Kind["mutators"]): Mutator {
  if (chance(random, 0.01)) return pick(random, wholeFileMutators);
  const known = pick(random, mutators); // a group first, so that each counts alike, however many members it has
  return chance(random, 0.4) ? pick(random, blindMutators) : pick(random, known);
}

/** FNV-1a of what names the mutation: neighbours in number have nothing in common. */
function streamOf(kind: string, seed: number, number: number): number {
  let hash = 0x811c9dc5;
  for (const character of `${kind} ${seed} ${number}`) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return hash;
}
