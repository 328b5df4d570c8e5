import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "@mammoflow/runtime";
import { z } from "zod";
import { lookingPage, planPage, rootsPage, startPage } from "../pages/start-page.ts";
import { runAddress } from "../pages/parts.ts";
import { sendPage } from "../send-page.ts";
import { asTyped, createCommandLine, reasonOf } from "./command-line.ts";
import { listFolders, parseRoots, withinRoots } from "./data-roots.ts";
import { createLooks } from "./looks.ts";
import { startChoicesSchema, submitWords, type StartChoices } from "./start-choices.ts";

export interface StartOptions {
  /** Folders and buckets under which data sets may be read, parted by commas. */
  dataRoots: string | undefined;
  /** The store that runs go to. */
  out: string | undefined;
  /** What the command line needs to know: the queue's address, say. */
  environment: Record<string, string>;
}

/** Of what `submit --dry-run --json` and `submit --json` print, what is used. */
const planSchema = z.object({
  plan: z.array(z.string()),
  config: z.object({
    experiments: z.array(z.object({ name: z.string() })),
    dataset: z.object({ studies: z.number(), images: z.number() }),
  }),
});
export type Plan = z.infer<typeof planSchema>;
const submittedSchema = z.object({ runId: z.string() });

/** Starting a run, for operators: choose a data set, look at it, choose what to try, see the plan, go. */
export function addStart(
  app: FastifyInstance,
  { dataRoots, out, environment }: StartOptions,
): { close(): Promise<void> } {
  const roots = parseRoots(dataRoots);
  const commandLine = createCommandLine(environment);
  const looks = createLooks(commandLine);
  const config = { right: "operate" } as const;
  const whoIs = ({ person }: FastifyRequest): string => person?.name ?? "nobody";

  /** What was chosen, and the command for it. */
  const commandOf = async (chosen: unknown): Promise<{ choices: StartChoices; words: string[] }> => {
    const choices = startChoicesSchema.parse(chosen);
    if (out === undefined) throw noStore();
    const data = await withinRoots(choices.data, roots);
    return { choices, words: submitWords({ ...choices, data }, out) };
  };

  app.get<{ Querystring: { data?: string } }>("/start", { config }, async (request, reply) => {
    const { data } = request.query;
    if (data === undefined || data === "")
      return sendPage(reply, rootsPage({ roots, folders: await listFolders(roots), out }, request));
    const address = await withinRoots(data.trim(), roots);
    const look = await looks.at(address, whoIs(request));
    return sendPage(reply, look ? startPage(address, look, request) : lookingPage(address, request));
  });

  app.get("/start/plan", { config }, async (request, reply) => {
    const { choices, words } = await commandOf(request.query);
    const spoken = await commandLine.run([...words, "--dry-run", "--json"], whoIs(request));
    const command = asTyped([...words, "--watch"]);
    if (spoken.code !== 0) return sendPage(reply, planPage({ choices, command, refusal: reasonOf(spoken) }, request));
    return sendPage(reply, planPage({ choices, command, plan: planSchema.parse(JSON.parse(spoken.output)) }, request));
  });

  app.post("/start", { config }, async (request, reply) => {
    const { choices, words } = await commandOf(request.body);
    const spoken = await commandLine.run([...words, "--json"], whoIs(request));
    if (spoken.code === 0)
      return reply.redirect(runAddress(submittedSchema.parse(JSON.parse(spoken.output)).runId), 303);
    const command = asTyped([...words, "--watch"]);
    return sendPage(reply.status(409), planPage({ choices, command, refusal: reasonOf(spoken) }, request));
  });

  return { close: () => commandLine.close() };
}

function noStore(): AppError {
  return new AppError({
    code: "NO_STORE",
    message:
      "The dashboard does not know where runs are to go: set MAMMOFLOW_OUT to a folder or gs://bucket/prefix and start it anew.",
  });
}
