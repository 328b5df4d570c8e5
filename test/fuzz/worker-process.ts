import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Recipe, recipePresets } from "@mammoflow/imaging";
import { AppError, type ProcessPool, createProcessPool } from "@mammoflow/runtime";
import type { PrepareAnswer, PrepareRequest } from "../../services/preprocess-worker/src/prepare-image-child.ts";
import { type Verdict, checkPrepared } from "./judge.ts";

/** What a child may take for one file. */
export const limits = { deadlineMs: 10_000, memoryMb: 300 };

/** The pool of a preprocess worker: the child that it runs, under the fuzzer's limits. */
export function openWorkerPool(options = limits): ProcessPool<PrepareRequest, PrepareAnswer> {
  const module = new URL("../../services/preprocess-worker/src/prepare-image-child.ts", import.meta.url);
  return createProcessPool({ module, size: 1, ...options });
}

/** Prepares a file as a preprocess worker does, in a process of its own, by each recipe. */
export async function judgeInWorker(
  bytes: Uint8Array,
  pool: ProcessPool<PrepareRequest, PrepareAnswer>,
  recipes: readonly Recipe[] = Object.values(recipePresets),
): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "mammoflow-fuzz-"));
  const path = join(folder, "fuzzed.dicom");
  writeFileSync(path, bytes);
  try {
    let verdict: Verdict = { outcome: "none" };
    for (const recipe of recipes) {
      verdict = await pool
        .call({ path, source: "fuzzed.dicom", recipe, hashesSource: false })
        .then(judgeAnswer, judgeError);
      if (verdict.problem !== undefined) break;
    }
    return verdict;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function judgeAnswer(answer: PrepareAnswer): Promise<Verdict> {
  const problem =
    answer.peakRssMb > limits.memoryMb
      ? `${answer.peakRssMb} MB of memory`
      : await checkPrepared({ ...answer, png: Buffer.from(answer.png) }, true);
  return problem === undefined ? { outcome: "image" } : { outcome: "image", problem };
}

function judgeError(error: unknown): Verdict {
  if (!(error instanceof AppError)) return { outcome: "thrown", problem: String(error) };
  const isTold = !/^(UNEXPECTED|CHILD_.*)$/.test(error.code);
  return isTold ? { outcome: error.code } : { outcome: error.code, problem: error.stack ?? error.message };
}
