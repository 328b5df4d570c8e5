import { peakMemoryMb, serveRequests } from "@mammoflow/runtime";
import { fingerprint, judge } from "./judge.ts";
import { type Kind, fuzzKinds } from "./kinds.ts";
import { mutate } from "./mutate.ts";
import { limits } from "./worker-process.ts";

/** Mutations `from` up to, not with, `to`. */
export interface FuzzRequest {
  kind: string;
  seed: number;
  from: number;
  to: number;
}

export interface FuzzAnswer {
  /** Behind the last one that was judged: less than `to` where the time or the memory of this process was used up. */
  next: number;
  /** How many files became an image, and how many which error. */
  outcomes: Record<string, number>;
  problems: { number: number; problem: string }[];
  slowest: { number: number; ms: number };
  /** The most memory that this process has held. */
  peakRssMb: number;
}

/** Long before the pool's deadline: should that pass, then because of one file. */
const mostMs = 3000;
const kinds = new Map(fuzzKinds().map((kind) => [kind.name, kind]));
const fingerprints = new Map<Buffer, string>();

serveRequests(async ({ kind: name, seed, from, to }: FuzzRequest, progress): Promise<FuzzAnswer> => {
  const kind = kinds.get(name)!;
  await checkSeed(kind, from); // before anything was forged
  const answer: FuzzAnswer = { next: from, outcomes: {}, problems: [], slowest: { number: from, ms: 0 }, peakRssMb: 0 };
  const startedAt = performance.now();
  while (answer.next < to && performance.now() - startedAt < mostMs) {
    const number = answer.next++;
    progress(number);
    const { bytes } = mutate(kind, seed, number);
    const began = performance.now();
    const { outcome, problem } = await judge(bytes, number);
    const ms = performance.now() - began;
    if (ms > answer.slowest.ms) answer.slowest = { number, ms };
    answer.outcomes[outcome] = (answer.outcomes[outcome] ?? 0) + 1;
    if (problem !== undefined) answer.problems.push({ number, problem });
    answer.peakRssMb = peakMemoryMb();
    if (answer.peakRssMb > limits.memoryMb) break;
  }
  const damage = await checkSeed(kind, from);
  if (damage !== undefined) answer.problems.push({ number: answer.next - 1, problem: damage });
  return answer;
});

/** A sound file must come out as it did before: nothing that was forged may leave a trace. */
async function checkSeed({ seeds }: Kind, number: number): Promise<string | undefined> {
  const seed = seeds[Math.floor(number / 7) % seeds.length]!;
  const found = await fingerprint(seed);
  const expected = fingerprints.get(seed) ?? found;
  fingerprints.set(seed, expected);
  return found === expected ? undefined : "a sound file came out differently afterwards";
}
