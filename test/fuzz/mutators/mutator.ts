import type { Random } from "@mammoflow/runtime";

/** A changed file, and what was changed, for people. */
export interface Mutated {
  bytes: Buffer;
  how: string;
}

/**
 * Changes a file in one way.
 *
 * @param others whole files of the same kind, for splices
 * @returns undefined where the file has nothing of what it changes
 */
export type Mutator = (file: Buffer, random: Random, others: readonly Buffer[]) => Mutated | undefined;

/** A change of a compressed stream, which it is given to write on. */
export type StreamMutator = (stream: Buffer, random: Random) => Mutated | undefined;

/** For files that are nothing but the stream. */
export function ofWholeFile(change: StreamMutator): Mutator {
  return (file, random) => change(Buffer.from(file), random);
}
