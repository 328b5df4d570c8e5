import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeDicom } from "@mammoflow/dicom";
import { type Recipe, recipePresets } from "@mammoflow/imaging";
import { AppError, createProcessPool } from "@mammoflow/runtime";
import type { PrepareAnswer, PrepareRequest } from "../../services/preprocess-worker/src/prepare-image-child.ts";
import { type Verdict, checkPrepared } from "./judge.ts";

/** What a child may take for one file. */
export const limits = { deadlineMs: 10_000, memoryMb: 300 };

export interface Worker {
  /** Prepares a file by each recipe. */
  judge(bytes: Uint8Array, recipes?: readonly Recipe[]): Promise<Verdict>;
  close(): Promise<void>;
}

const presets: readonly Recipe[] = Object.values(recipePresets);
const sound = writeDicom({
  rows: 2,
  columns: 2,
  samples: Uint8Array.of(1, 2, 3, 4),
  bitsStored: 8,
  photometricInterpretation: "MONOCHROME2",
});

/** The child process of a preprocess worker, with its file on a disk, under the fuzzer's limits. */
export function openWorker(options = limits): Worker {
  const module = new URL("../../services/preprocess-worker/src/prepare-image-child.ts", import.meta.url);
  const pool = createProcessPool<PrepareRequest, PrepareAnswer>({ module, size: 1, ...options });
  const folder = mkdtempSync(join(tmpdir(), "mammoflow-fuzz-"));
  const prepare = (bytes: Uint8Array, recipe: Recipe): Promise<PrepareAnswer> => {
    const path = join(folder, "fuzzed.dicom");
    writeFileSync(path, bytes);
    return pool.call({ path, source: "fuzzed.dicom", recipe, hashesSource: false });
  };
  return {
    async judge(bytes, recipes = presets) {
      let verdict: Verdict = { outcome: "none" };
      for (const recipe of recipes) {
        verdict = await prepare(bytes, recipe).then(judgeAnswer, judgeError);
        if (verdict.problem !== undefined) return verdict;
      }
      // An error tells nothing about the memory that it took; the next file does, and shows that there is a next one.
      const { peakRssMb } = await prepare(sound, presets[0]!);
      return peakRssMb > options.memoryMb ? { ...verdict, problem: `${peakRssMb} MB of memory` } : verdict;
    },
    async close() {
      await pool.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function judgeAnswer(answer: PrepareAnswer): Promise<Verdict> {
  const problem = await checkPrepared({ ...answer, png: Buffer.from(answer.png) }, true);
  return problem === undefined ? { outcome: "image" } : { outcome: "image", problem };
}

function judgeError(error: unknown): Verdict {
  if (!(error instanceof AppError)) return { outcome: "thrown", problem: String(error) };
  const isTold = !/^(UNEXPECTED|CHILD_.*)$/.test(error.code);
  return isTold ? { outcome: error.code } : { outcome: error.code, problem: error.stack ?? error.message };
}
