import { createHash } from "node:crypto";
import {
  backbonesOf,
  closeStage,
  featuresIndexSchema,
  jobId,
  jsonBytes,
  learnTree,
  manifestLineSchema,
  objectNames,
  present,
  readLines,
  results,
  startStage,
  type ChildOutcomes,
  type FeaturesIndex,
  type Payload,
  type Queues,
  type RunReader,
} from "@mammoflow/jobs";
import { replaceObject } from "@mammoflow/storage";

/** Ends extraction: notes where each backbone's features lie, or why it has none, and begins learning. */
export async function gatherFeatures(
  { runId, generation }: Payload<"features">,
  children: ChildOutcomes,
  { runs, queues }: { runs: RunReader; queues: Queues },
): Promise<void> {
  const { store, config } = await runs.open(runId);
  const name = objectNames.manifest(runId);
  const manifest = present(await readLines(store, name, manifestLineSchema), name, runId);
  const { values, failures } = children;
  const shards = Math.ceil(manifest.length / config.featureShardImages);
  const backbones: FeaturesIndex["backbones"] = {};
  for (const backbone of backbonesOf(config)) {
    const ids = Array.from({ length: shards }, (_, shard) => jobId.extract(runId, generation, backbone, shard));
    const failure = ids.map((id) => failures[id]).find((reason) => reason !== undefined);
    const parts = ids.map((id) => results.extract.safeParse(values[id]).data);
    const [first] = parts;
    const addresses = parts.flatMap((part) => (part ? [part.address] : []));
    backbones[backbone] =
      failure === undefined && first && addresses.length === shards
        ? { addresses, weights: first.weights }
        : { notRun: failure ?? "UNKNOWN: its features vanished from the queue; resume the run." };
  }
  const index = featuresIndexSchema.parse({ manifestSha256: sha256((await store.get(name))?.bytes ?? ""), backbones });
  await replaceObject(store, objectNames.features(runId), () => jsonBytes(index));
  const failed = Object.keys(failures).length;
  await closeStage(queues.redis, runId, "extract", { done: Object.keys(values).length, failed });
  const tree = learnTree(config, generation, index);
  await startStage(queues, runId, "learn", tree, tree.children?.length ?? 0);
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
