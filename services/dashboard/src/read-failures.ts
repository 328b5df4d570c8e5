import { objectNames, readLines, shardLineSchema } from "@mammoflow/jobs";
import { z } from "zod";
import { askQueue } from "./ask-queue.ts";
import type { OutcomeSources } from "./outcome-sources.ts";

/** A study that failed, with the reason as the run's records have it: `CODE: sentence`. */
export interface StudyFailure {
  studyId: string;
  reason: string;
}

/** So many are read; the page says how many there are in all. */
const shownFailures = 20;

const studyJobSchema = z.object({ runId: z.string(), studyId: z.string() });

/**
 * The studies that failed: while they are being prepared, as the queue has them, newest first; afterwards as the run's
 * shards have them.
 */
export async function readFailures({ queues, store, progress }: OutcomeSources): Promise<StudyFailure[]> {
  const { runId } = progress;
  const stage = progress.stages.find(({ stage }) => stage === "preprocess");
  if (!stage || stage.failed === 0) return [];
  const found: StudyFailure[] = [];
  if (!stage.isClosed) {
    const jobs = await askQueue(queues, () => queues.queue.preprocess.getJobs(["failed"], 0, 10 * shownFailures));
    for (const job of jobs) {
      const study = studyJobSchema.safeParse(job?.data);
      if (study.success && study.data.runId === runId)
        found.push({ studyId: study.data.studyId, reason: job.failedReason });
    }
    return found.slice(0, shownFailures);
  }
  for (let shard = 0; shard < progress.shards && found.length < shownFailures; shard++) {
    const lines = (await readLines(store, objectNames.shard(runId, shard), shardLineSchema)) ?? [];
    for (const line of lines) if (!line.done) found.push({ studyId: line.studyId, reason: line.reason });
  }
  return found.slice(0, shownFailures);
}
