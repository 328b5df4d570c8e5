import { AppError, type ProcessPool, createProcessPool } from "@mammoflow/runtime";
import type { FuzzAnswer, FuzzRequest } from "./fuzz-child.ts";
import type { Kind } from "./kinds.ts";
import { type Mutation, mutate } from "./mutate.ts";
import { judgeInWorker, limits, openWorkerPool } from "./worker-process.ts";

/** A mutation that became neither an image nor an error with a code, within the limits. */
export interface Finding extends Mutation {
  how: string;
  problem: string;
  bytes: Buffer;
}

export interface CampaignResult {
  mutations: number;
  outcomes: Record<string, number>;
  findings: Finding[];
  slowest: { number: number; ms: number };
}

const atOnce = 100;
/** Of so many mutations one goes the whole way of a worker's file. */
const workerEvery = 250;

export interface Fuzzer {
  /** Judges the mutations `from` up to, not with, `to` of a kind. */
  run(kind: Kind, seed: number, from: number, to: number): Promise<CampaignResult>;
  close(): Promise<void>;
}

/**
 * Judges mutations by the hundred in a child process, because one message for each would take longer than the work. What
 * ends or outgrows that child, or is unexpected in it, is tried again alone in a fresh one, and in one of a preprocess worker.
 */
export function openFuzzer(): Fuzzer {
  let batches = openBatches();
  let worker = openWorkerPool();

  const run: Fuzzer["run"] = async (kind, seed, from, to) => {
    const result: CampaignResult = {
      mutations: to - from,
      outcomes: {},
      findings: [],
      slowest: { number: from, ms: 0 },
    };
    const report = (number: number, problem: string): void => {
      const { bytes, how } = mutate(kind, seed, number);
      result.findings.push({ kind: kind.name, seed, number, how, problem, bytes });
    };
    for (let number = from; number < to;) {
      let last = number;
      const request = { kind: kind.name, seed, from: number, to: Math.min(number + atOnce, to) };
      try {
        const answer = await batches.call(request, { onProgress: (at) => void (last = Number(at)) });
        number = answer.next;
        for (const [outcome, count] of Object.entries(answer.outcomes))
          result.outcomes[outcome] = (result.outcomes[outcome] ?? 0) + count;
        if (answer.slowest.ms > result.slowest.ms) result.slowest = answer.slowest;
        for (const { number, problem } of answer.problems) report(number, problem);
        if (answer.peakRssMb > limits.memoryMb) {
          const problem = await judgeAlone(kind, seed, answer.next - 1);
          if (problem !== undefined) report(answer.next - 1, problem);
        }
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        number = last + 1;
        const alone = await judgeAlone(kind, seed, last);
        // A crash that the same file does not repeat is one all the same; time and memory depend on what came before.
        if (alone !== undefined) report(last, alone);
        else if (error.code === "CHILD_CRASHED" || error.code === "UNEXPECTED")
          report(last, `not repeated alone: ${error.message}`);
      }
    }
    for (let number = from; number < to; number += workerEvery) {
      const { problem } = await judgeInWorker(mutate(kind, seed, number).bytes, worker);
      if (problem !== undefined) report(number, problem);
    }
    return result;
  };

  /** In fresh processes; undefined where nothing is wrong with it. */
  const judgeAlone = async (kind: Kind, seed: number, number: number): Promise<string | undefined> => {
    await Promise.all([batches.close(), worker.close()]);
    batches = openBatches();
    worker = openWorkerPool();
    const request = { kind: kind.name, seed, from: number, to: number + 1 };
    const answer = await batches.call(request).catch((error: unknown) => error as AppError);
    if (answer instanceof Error) return `${answer.code}: ${answer.message}`;
    if (answer.problems[0] !== undefined) return answer.problems[0].problem;
    if (answer.peakRssMb > limits.memoryMb) return `${answer.peakRssMb} MB of memory`;
    return (await judgeInWorker(mutate(kind, seed, number).bytes, worker)).problem;
  };

  return { run, close: async () => void (await Promise.all([batches.close(), worker.close()])) };
}

function openBatches(): ProcessPool<FuzzRequest, FuzzAnswer> {
  return createProcessPool({ module: new URL("fuzz-child.ts", import.meta.url), size: 1, ...limits });
}
