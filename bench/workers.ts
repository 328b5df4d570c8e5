/**
 * What is around one image: the queue's share of the time, a second worker's gain, and a worker's memory over many images.
 */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { combineDatasets, type Dataset, readDataset } from "@mammoflow/dataset";
import { recipePresets } from "@mammoflow/imaging";
import { connectRedis, consume, type IndexedStudy, openQueues, type RunConfig } from "@mammoflow/jobs";
import type { PrepareAnswer, PrepareRequest } from "@mammoflow/preprocess-worker/prepare-image-child";
import {
  createLogger,
  createProcessPool,
  loadSettings,
  type ProcessPool,
  startEmbeddedRedis,
} from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { preprocessStudy } from "../services/preprocess-worker/src/preprocess-study.ts";
import { planRun, usualChoices } from "../services/producer/src/plan-run.ts";
import { median } from "./figures.ts";

type Images = ProcessPool<PrepareRequest, PrepareAnswer>;

export interface WorkerFigures {
  /** Milliseconds a study of four images: the worker's code called directly, and through the queue, one study a job. */
  direct: number;
  queued: number;
  /** Images a second of `mammoflow preprocess` with one and with two processes. */
  oneProcess: number;
  twoProcesses: number;
  /** Resident memory of one process after its first hundred images and after all of them, in MB. */
  memoryEarlyMb: number;
  memoryLateMb: number;
  memoryImages: number;
}

/** @param images how many images one process prepares for the memory figures */
export async function measureWorkers(folder: string, rounds: number, images: number): Promise<WorkerFigures> {
  const dataset = await readDataset(folder, { malignantFrom: 3, excludeBirads: [], rows: "images" });
  const pool: Images = createProcessPool({
    module: new URL(import.meta.resolve("@mammoflow/preprocess-worker/prepare-image-child")),
    size: 1,
    deadlineMs: 60_000,
    memoryMb: 1000,
  });
  try {
    const shares = await queueShare(dataset, pool, rounds);
    const memory = await memoryOver(dataset, pool, images);
    const one: number[] = [];
    const two: number[] = [];
    const many = linked(folder, copies);
    for (let round = 0; round < rounds; round++) {
      one.push(commandSpeed(many, 1));
      two.push(commandSpeed(many, 2));
    }
    rmSync(many, { recursive: true });
    return { ...shares, ...memory, oneProcess: median(one), twoProcesses: median(two) };
  } finally {
    await pool.close();
  }
}

/** Both ways take turns, each round into a store of its own. */
async function queueShare(
  dataset: Dataset,
  images: Images,
  rounds: number,
): Promise<{ direct: number; queued: number }> {
  const home = mkdtempSync(join(tmpdir(), "mammoflow-bench-queue-"));
  const redis = await startEmbeddedRedis({ homeDir: home, cacheDir: loadSettings().cacheDir });
  const queues = openQueues(await connectRedis(redis.url, "client"));
  const direct: number[] = [];
  const queued: number[] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const plain = prepareRun(dataset, join(home, `plain-${round}`), images);
      const startPlain = performance.now();
      for (const { studyId } of plain.studies) await plain.run(studyId);
      const plainMs = (performance.now() - startPlain) / plain.studies.length;

      const { studies, run } = prepareRun(dataset, join(home, `queue-${round}`), images);
      const jobs = studies.map(({ studyId }) => ({
        name: "study",
        data: { runId: "bench", shard: 0, studyId },
        opts: { jobId: `${round}-${studyId}` },
      }));
      await queues.queue.preprocess.addBulk(jobs);
      let left = jobs.length;
      const startQueue = performance.now();
      const consumer = await new Promise<{ close(): Promise<void> }>((resolve) => {
        void connectRedis(redis.url, "worker").then((connection) => {
          const started = consume({
            queue: "preprocess",
            redis: connection,
            concurrency: 1,
            log: createLogger("bench", "silent"),
            lockMs: 30_000,
            graceMs: 1000,
            handlers: {
              study: async ({ studyId }) => {
                const result = await run(studyId);
                if (--left === 0) resolve(started);
                return result;
              },
            },
          });
        });
      });
      const queueMs = (performance.now() - startQueue) / studies.length;
      await consumer.close();
      if (round === 0) continue; // warms up
      direct.push(plainMs);
      queued.push(queueMs);
    }
  } finally {
    await queues.close();
    queues.redis.disconnect();
    await redis.close();
    rmSync(home, { recursive: true });
  }
  return { direct: median(direct), queued: median(queued) };
}

/** A run of the data set, and the worker's code for one of its studies. */
function prepareRun(
  dataset: Dataset,
  folder: string,
  images: Images,
): { studies: IndexedStudy[]; run: (studyId: string) => Promise<unknown> } {
  const combined = combineDatasets([dataset]);
  const { studies } = combined;
  const config = planRun(combined, recipePresets.study, {
    ...usualChoices,
    runId: "bench",
    backbones: ["resnet18"],
    strategies: ["none"],
    weights: "none",
  });
  const open: { store: ReturnType<typeof openStore>; config: RunConfig } = { store: openStore(folder), config };
  const byId = new Map(studies.map((study) => [study.studyId, study]));
  const runs = {
    open: () => Promise.resolve(open),
    study: (_run: string, _shard: number, studyId: string) => {
      const study = byId.get(studyId);
      return study ? Promise.resolve(study) : Promise.reject(new RangeError(studyId));
    },
  };
  const signal = new AbortController().signal;
  return {
    studies,
    run: (studyId) => preprocessStudy({ runId: "bench", shard: 0, studyId }, { runs, images }, signal),
  };
}

async function memoryOver(
  dataset: Dataset,
  pool: Images,
  images: number,
): Promise<Pick<WorkerFigures, "memoryEarlyMb" | "memoryLateMb" | "memoryImages">> {
  const sources = dataset.studies.flatMap((study) => study.images.map(({ source }) => source));
  let memoryEarlyMb = 0;
  let memoryLateMb = 0;
  for (let index = 0; index < images; index++) {
    const source = sources[index % sources.length] ?? "";
    const request = { path: join(dataset.root, source), source, recipe: recipePresets.study, hashesSource: true };
    memoryLateMb = (await pool.call(request)).peakRssMb;
    if (index === 100) memoryEarlyMb = memoryLateMb;
  }
  return { memoryEarlyMb, memoryLateMb, memoryImages: images };
}

/** So often each image is prepared by the command: a process is at its full speed after some dozens. */
const copies = 10;

/** The images of a data set several times, without their bytes. */
function linked(folder: string, times: number): string {
  const many = join(folder, "many");
  const names = readdirSync(join(folder, "images"), { recursive: true, encoding: "utf8" });
  for (let copy = 0; copy < times; copy++) {
    mkdirSync(join(many, String(copy)), { recursive: true });
    for (const name of names.filter((name) => name.endsWith(".dicom")))
      linkSync(join(folder, "images", name), join(many, String(copy), basename(name)));
  }
  return many;
}

function commandSpeed(folder: string, jobs: number): number {
  const out = mkdtempSync(join(tmpdir(), "mammoflow-bench-png-"));
  const program = fileURLToPath(new URL("../bin/mammoflow.mjs", import.meta.url));
  const args = [program, "preprocess", folder, "--out", out, "--recipe", "study", "--jobs", String(jobs), "--json"];
  try {
    const text = execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return (JSON.parse(text) as { images_per_s: number }).images_per_s;
  } finally {
    rmSync(out, { recursive: true });
  }
}
