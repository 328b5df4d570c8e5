import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { FastifyAdapter } from "@bull-board/fastify";
import { roleRefused, type Person, type SignedIn } from "@mammoflow/http";
import { queueNames, type QueueName, type Queues } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { isAway, queueAway } from "./ask-queue.ts";
import { sendFailure } from "./error-pages.ts";
import { researchUse } from "./pages/layout.ts";

const descriptions: Record<QueueName, string> = {
  preprocess: "Studies: DICOM to training images, by the preprocess workers",
  collect: "Shards and stages: small work that ties a run together",
  extract: "Features of frozen backbones, by the train workers",
  learn: "Experiments: training and evaluation, by the train workers",
};

/** Bull Board's pages bring styles of their own into the page; scripts and requests stay within this host. */
const boardPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

export interface QueueBoardOptions {
  queues: Queues;
  signedIn: SignedIn;
  /** Whether this person may change jobs. */
  mayChange: (person: Person | undefined) => boolean;
  record: (event: { who: string; action: string; facts: Record<string, unknown> }) => Promise<unknown>;
}

/**
 * Bull Board under `/queues`, for looking only unless the person may change jobs; each change goes into the audit log.
 *
 * Its page asks fonts.googleapis.com for fonts: that link is taken out, and the policy forbids every other host.
 */
export async function addQueueBoard(
  app: FastifyInstance,
  { queues, signedIn, mayChange, record }: QueueBoardOptions,
): Promise<void> {
  const board = new FastifyAdapter();
  createBullBoard({
    queues: queueNames.map((name) => {
      const adapter = new BullMQAdapter(queues.queue[name], {
        description: descriptions[name],
      });
      adapter.setFormatter("name", jobTitle);
      return adapter;
    }),
    serverAdapter: board,
    options: {
      uiConfig: {
        boardTitle: "mammoflow queues",
        hideDocsLink: true,
        miscLinks: [{ text: "Runs", url: "/" }],
        environment: { label: researchUse, color: "#9a4a12", textColor: "#ffffff" },
      },
    },
  });
  board.setBasePath("/queues");
  await app.register(async (scope) => {
    scope.addHook("onRequest", async (request, reply) =>
      isAway(queues) ? sendFailure(queueAway(), request, reply) : undefined,
    );
    scope.addHook("preHandler", async (request, reply) => {
      const { method, person, url } = request;
      if (method === "GET" || method === "HEAD") return undefined;
      if (!person || !mayChange(person)) return sendFailure(changeRefused(person), request, reply);
      await record({ who: person.name, action: "changed-queue", facts: { method, address: url } });
      return undefined;
    });
    scope.addHook("onSend", async (request, reply, payload) => {
      if (reply.statusCode >= 300) return payload;
      reply.header("content-security-policy", boardPolicy);
      if (typeof payload !== "string") return payload;
      const type = String(reply.getHeader("content-type"));
      if (type.startsWith("text/html")) {
        signedIn.showFormToken(request, reply, "/queues");
        return withoutForeignFonts(payload);
      }
      return type.startsWith("application/json") && !mayChange(request.person) ? forLookingOnly(payload) : payload;
    });
    await scope.register(board.registerPlugin(), { prefix: "/queues" });
  });
}

function changeRefused(person: Person | undefined): AppError {
  if (person?.isSignedIn) return roleRefused(person, "operate");
  return new AppError({
    code: "ROLE_REFUSED",
    message:
      "Without a login the queues are for looking only: `mammoflow users add NAME --role operator` makes one, and MAMMOFLOW_DASHBOARD_ACTIONS=true allows changes without.",
  });
}

/** Bull Board knows one mode for everybody; its page hides what it is told that a queue does not allow. */
function forLookingOnly(answer: string): string {
  return answer
    .replaceAll('"readOnlyMode":false', '"readOnlyMode":true')
    .replace(/"allow(Completed)?Retries":true/g, '"allow$1Retries":false');
}

function withoutForeignFonts(page: string): string {
  return page.replace(/<link\b[^>]*\bhref="https?:[^>]*>/g, "");
}

const jobSchema = z.object({
  name: z.string(),
  data: z.object({
    runId: z.string(),
    studyId: z.string().optional(),
    shard: z.number().optional(),
    backbone: z.string().optional(),
    experiment: z.string().optional(),
  }),
});

/** What a person calls a job: `study 0a1b of demo`, `features of resnet18, batch 3 of demo`. */
function jobTitle(job: unknown): string {
  const parsed = jobSchema.safeParse(job);
  if (!parsed.success) return "unknown job";
  const { name, data } = parsed.data;
  const { runId, studyId, shard, backbone, experiment } = data;
  const what =
    studyId !== undefined
      ? `study ${studyId}`
      : experiment !== undefined
        ? `experiment ${experiment}`
        : backbone !== undefined
          ? `features of ${backbone}, batch ${shard}`
          : shard !== undefined
            ? `${name} ${shard}`
            : name;
  return `${what} of ${runId}`;
}
