import { setTimeout as sleep } from "node:timers/promises";
import { readProgress, type Queues, type RunProgress, type StageProgress } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import { createProgressLines, formatBar, formatRate, formatSeconds } from "./terminal.ts";

const titles = {
  preprocess: { title: "preprocess", unit: "studies" },
  extract: { title: "extract features", unit: "shards" },
  learn: { title: "train and evaluate", unit: "experiments" },
};

/**
 * Shows a run's progress once a second until it ends or the signal aborts.
 *
 * @returns the run as it was seen last
 * @throws AppError `RUN_UNKNOWN`
 */
export async function followRun(queues: Queues, runId: string, signal?: AbortSignal): Promise<RunProgress> {
  const lines = createProgressLines();
  try {
    for (;;) {
      const run = await readProgress(queues, runId);
      if (!run)
        throw new AppError({
          code: "RUN_UNKNOWN",
          message: `The queue knows no run ${runId}: \`mammoflow status\` lists its runs.`,
        });
      lines.show(run.stages.map(stageLine));
      if (run.state !== "running" || signal?.aborted) return run;
      await sleep(500, undefined, signal ? { signal } : {}).catch(() => {});
    }
  } finally {
    lines.end();
  }
}

/** One line of text about a stage. */
export function stageLine({
  stage,
  total,
  done,
  failed,
  isClosed,
  seconds,
  perSecond,
  etaSeconds,
}: StageProgress): string {
  const { title, unit } = titles[stage];
  const counts = `${done + failed}/${total} ${unit}${failed > 0 ? ` (${failed} failed)` : ""}`;
  const speed = perSecond > 0 ? formatRate(perSecond) : "";
  const time = isClosed
    ? `in ${formatSeconds(seconds)}`
    : etaSeconds === null
      ? ""
      : `${formatSeconds(etaSeconds)} left`;
  const share = Math.max(total, 1);
  return `${title.padEnd(18)} ${formatBar(done / share, failed / share)} ${counts}  ${speed}  ${time}`.trimEnd();
}
