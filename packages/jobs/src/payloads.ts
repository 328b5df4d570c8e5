import { energySchema } from "@mammoflow/runtime";
import { z } from "zod";
import { weightsFactsSchema } from "./weights-facts.ts";

const runId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "lower-case letters, digits and hyphens, at most 64");
const generation = z.number().int().min(1);
const shard = z.number().int().min(0);

/**
 * What is taken out of a backbone: the features that heads learn from, the activations in front of its last block, or its
 * weights alone, of which is then known that they are there.
 */
const extractKind = z.enum(["features", "activations", "weights"]);
export type ExtractKind = z.infer<typeof extractKind>;

/** What a job carries: ids and addresses, never pixels. Parsed when enqueued and again when consumed. */
export const payloads = {
  study: z.strictObject({ runId, shard, studyId: z.string().min(1) }),
  shard: z.strictObject({ runId, generation, shard, step: z.enum(["expand", "collect"]) }),
  manifest: z.strictObject({ runId, generation }),
  extract: z.strictObject({ runId, backbone: z.string(), kind: extractKind, shard }),
  features: z.strictObject({ runId, generation }),
  experiment: z.strictObject({ runId, experiment: z.string() }),
  report: z.strictObject({ runId, generation }),
};

export type ExtractTask = Pick<Payload<"extract">, "backbone" | "kind" | "shard">;
export type JobName = keyof typeof payloads;
export type Payload<Name extends JobName> = z.infer<(typeof payloads)[Name]>;

/** What TensorFlow computed on; absent where it was not needed. */
const deviceSchema = z.enum(["cpu", "gpu"]).optional();

/** What a job gives back; small, because a parent reads all of its children's at once. */
export const results = {
  study: z.strictObject({
    done: z.enum(["now", "before"]),
    ms: z.number(),
    /** Processor time; the shard makes energy of it. */
    cpuMs: z.number().optional(),
  }),
  shard: z.strictObject({ done: z.number(), failed: z.number(), energy: energySchema.optional() }),
  extract: z.strictObject({
    done: z.enum(["now", "before"]),
    /** Absent where only the weights were asked for. */
    address: z.string().optional(),
    weights: weightsFactsSchema,
    images: z.number(),
    ms: z.number(),
    device: deviceSchema,
    energy: energySchema,
  }),
  experiment: z.strictObject({
    done: z.enum(["now", "before"]),
    ms: z.number(),
    device: deviceSchema,
    energy: energySchema,
  }),
};

/** Job ids carry run and generation: finished jobs are removed, and the same id would run again. */
export const jobId = {
  manifest: (runId: string, generation: number) => `${runId}-g${generation}-manifest`,
  shard: (runId: string, generation: number, shard: number) => `${runId}-g${generation}-shard-${shard}`,
  study: (runId: string, generation: number, shard: number, index: number) =>
    `${runId}-g${generation}-study-${shard}-${index}`,
  features: (runId: string, generation: number) => `${runId}-g${generation}-features`,
  extract: (runId: string, generation: number, { backbone, kind, shard }: ExtractTask) =>
    `${runId}-g${generation}-extract-${backbone}-${kind}-${shard}`,
  report: (runId: string, generation: number) => `${runId}-g${generation}-report`,
  experiment: (runId: string, generation: number, experiment: string) =>
    `${runId}-g${generation}-experiment-${experiment}`,
};
export { runId as runIdSchema };
