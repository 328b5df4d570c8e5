import { cancelRun, readRun, resumeRun, type Queues } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import type { FastifyInstance } from "fastify";
import { askQueue } from "./ask-queue.ts";
import { notFound } from "./error-pages.ts";
import { runAddress } from "./pages/parts.ts";

type Action = "cancel" | "resume" | "retry";
const actions: Action[] = ["cancel", "resume", "retry"];

/** What an operator does with a run: the same as the verbs of these names, in the run's audit log under the person's name. */
export function addRunActions(
  app: FastifyInstance,
  { queues, openStore }: { queues: Queues; openStore: (address: string) => ObjectStore },
): void {
  for (const action of actions)
    app.post<{ Params: { id: string } }>(
      `/runs/:id/${action}`,
      { config: { right: "operate" } },
      async ({ params: { id }, person }, reply) => {
        const run = await askQueue(queues, () => readRun(queues.redis, id));
        if (!run) throw notFound(`The queue knows no run ${id}: \`mammoflow status\` lists its runs.`);
        const deps = { store: openStore(run.store), queues, who: person?.name ?? "nobody" };
        if (action !== "cancel") await resumeRun(deps, id, { retryFailed: action === "retry" });
        else if (run.state === "running") await cancelRun(deps, id);
        else throw runEnded(id, run.state);
        return reply.redirect(runAddress(id), 303);
      },
    );
}

function runEnded(runId: string, state: string): AppError {
  return new AppError({
    code: "RUN_ENDED",
    message: `The run ${runId} has ended already (${state}): there is nothing to cancel.`,
  });
}
