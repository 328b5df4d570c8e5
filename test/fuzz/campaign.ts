import { AppError, type ProcessPool, createProcessPool } from "@mammoflow/runtime";
import type { FuzzAnswer, FuzzRequest } from "./fuzz-child.ts";
import type { Kind } from "./kinds.ts";
import { type Mutation, mutate } from "./mutate.ts";
import { limits, openWorker } from "./worker-process.ts";

/** A mutation that became neither an image nor an error with a code, within the limits. */
export interface Finding extends Mutation {
  how: string;
  problem: string;
  bytes: Buffer;
}

interface CampaignResult {
  mutations: number;
  /** How many files became an image, and how many which error. */
  outcomes: Record<string, number>;
  findings: Finding[];
  slowest: { number: number; ms: number };
}

export interface Fuzzer {
  /** Judges the mutations `from` up to, not with, `to` of a kind. */
  run(kind: Kind, seed: number, from: number, to: number): Promise<CampaignResult>;
  close(): Promise<void>;
}

const atOnce = 100;
/** Of so many mutations one goes the whole way of a worker's file. */
const workerEvery = 250;

/**
 * Judges mutations by the hundred in a child process, because one message for each would take longer than the work. What
 * ends or outgrows that child is judged again alone, as a preprocess worker's file and in a fresh child.
 */
export function openFuzzer(): Fuzzer {
  let batches = openBatches();
  let worker = openWorker();
  const close = async (): Promise<void> => void (await Promise.all([batches.close(), worker.close()]));

  const run: Fuzzer["run"] = async (kind, seed, from, to) => {
    const result: CampaignResult = {
      mutations: to - from,
      outcomes: {},
      findings: [],
      slowest: { number: from, ms: 0 },
    };
    const report = (number: number, problem: string | undefined): void => {
      if (problem === undefined) return;
      const { bytes, how } = mutate(kind, seed, number);
      result.findings.push({ kind: kind.name, seed, number, how, problem, bytes });
    };
    for (let number = from; number < to;) {
      let last = number;
      const request = { kind: kind.name, seed, from: number, to: Math.min(number + atOnce, to) };
      try {
        const answer = await batches.call(request, { onProgress: (at) => void (last = Number(at)) });
        number = answer.next;
        addTo(result, answer);
        for (const { number, problem } of answer.problems) report(number, problem);
        if (answer.peakRssMb > limits.memoryMb) report(number - 1, await judgeAlone(kind, seed, number - 1));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        number = last + 1;
        // A crash that the file alone does not repeat is one all the same; time and memory depend on what came before.
        const isCrash = error.code !== "CHILD_TIMEOUT" && error.code !== "CHILD_MEMORY";
        const alone = await judgeAlone(kind, seed, last);
        report(last, alone ?? (isCrash ? `${error.code}, not repeated alone: ${error.message}` : undefined));
      }
    }
    for (let number = from; number < to; number += workerEvery) {
      const { problem } = await worker.judge(mutate(kind, seed, number).bytes);
      if (problem !== undefined) report(number, await judgeAlone(kind, seed, number));
    }
    return result;
  };

  /** undefined where nothing is wrong with it */
  const judgeAlone = async (kind: Kind, seed: number, number: number): Promise<string | undefined> => {
    await close();
    batches = openBatches();
    worker = openWorker();
    const { problem } = await worker.judge(mutate(kind, seed, number).bytes);
    if (problem !== undefined) return problem;
    const request = { kind: kind.name, seed, from: number, to: number + 1 };
    const answer = await batches.call(request).catch((error: unknown) => error as AppError);
    if (!(answer instanceof Error)) return answer.problems[0]?.problem;
    return answer.code === "CHILD_MEMORY" ? undefined : `${answer.code}: ${answer.message}`; // it reads the file three times
  };

  return { run, close };
}

function openBatches(): ProcessPool<FuzzRequest, FuzzAnswer> {
  return createProcessPool({ module: new URL("fuzz-child.ts", import.meta.url), size: 1, ...limits });
}

function addTo(result: CampaignResult, { outcomes, slowest }: FuzzAnswer): void {
  for (const [outcome, count] of Object.entries(outcomes))
    result.outcomes[outcome] = (result.outcomes[outcome] ?? 0) + count;
  if (slowest.ms > result.slowest.ms) result.slowest = slowest;
}
