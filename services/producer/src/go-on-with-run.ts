import { resumeRun } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import { followRun } from "./follow-run.ts";
import { storeOfRun } from "./session.ts";
import { showOutcome } from "./show-outcome.ts";
import { note, print, printJson } from "./terminal.ts";
import { withQueue } from "./with-queue.ts";

/** What `resume` and `retry` do. */
export async function goOnWithRun(
  runId: string,
  options: { out?: string; watch?: boolean; json?: boolean; retryFailed: boolean },
): Promise<void> {
  await withQueue(async (session, isOwnQueue) => {
    const store = await storeOfRun(session, runId, options.out);
    const started = await resumeRun({ store, queues: session.queues, who: session.who }, runId, options).catch(
      (error: unknown) => {
        // Workers that were killed with the queue left its jobs in it; those that were started just now take them.
        if (isOwnQueue && error instanceof AppError && error.code === "RUN_RUNNING") return undefined;
        throw error;
      },
    );
    note(
      started === undefined
        ? `${runId} goes on with what is in the queue.`
        : `${runId} goes on as generation ${started.generation}; ${started.shards} shards of studies have something to do.`,
    );
    if (options.watch || isOwnQueue)
      await showOutcome(await followRun(session.queues, runId), {
        json: options.json === true,
        gcsEndpoint: session.settings.gcsEndpoint,
      });
    else if (options.json) printJson({ runId, ...started });
    else print(`\`mammoflow watch ${runId}\` follows it.`);
  });
}
