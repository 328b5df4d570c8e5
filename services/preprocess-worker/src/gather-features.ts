import { createHash } from "node:crypto";
import {
  backbonesOf,
  closeStage,
  extractTasks,
  featuresIndexSchema,
  jobId,
  jsonBytes,
  learnTree,
  manifestLineSchema,
  objectNames,
  present,
  readJson,
  readLines,
  results,
  startStage,
  type ChildOutcomes,
  type ExtractKind,
  type FeaturesIndex,
  type Payload,
  type Queues,
  type RunReader,
} from "@mammoflow/jobs";
import { sumEnergy } from "@mammoflow/runtime";
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
  const backbones: FeaturesIndex["backbones"] = {};
  for (const backbone of backbonesOf(config)) {
    const jobs = extractTasks(config, backbone, manifest.length).map((task) => {
      const id = jobId.extract(runId, generation, task);
      return { kind: task.kind, failure: failures[id], taken: results.extract.safeParse(values[id]).data };
    });
    const failure = jobs.find((job) => job.failure !== undefined)?.failure;
    const weights = jobs[0]?.taken?.weights;
    const addressesOf = (kind: ExtractKind): string[] =>
      jobs.flatMap((job) => (job.kind === kind && job.taken?.address !== undefined ? [job.taken.address] : []));
    backbones[backbone] =
      failure === undefined && weights && jobs.every(({ taken }) => taken)
        ? { features: addressesOf("features"), activations: addressesOf("activations"), weights }
        : { notRun: failure ?? "UNKNOWN: its features vanished from the queue; resume the run." };
  }
  const before = await readJson(store, objectNames.features(runId), featuresIndexSchema);
  const taken = addUp(values, before?.taken);
  const manifestSha256 = sha256((await store.get(name))?.bytes ?? "");
  const index = featuresIndexSchema.parse({ manifestSha256, ...(taken && { taken }), backbones });
  await replaceObject(store, objectNames.features(runId), () => jsonBytes(index));
  const failed = Object.keys(failures).length;
  await closeStage(queues.redis, runId, "extract", { done: Object.keys(values).length, failed });
  const tree = learnTree(config, generation, index);
  await startStage(queues, runId, "learn", tree, tree.children?.length ?? 0);
}

/** What the jobs of this generation took that found nothing in the store, and those before. */
function addUp(values: ChildOutcomes["values"], before: FeaturesIndex["taken"]): FeaturesIndex["taken"] {
  const now = Object.values(values).flatMap((value) => {
    const { data } = results.extract.safeParse(value);
    return data?.done === "now" ? [data.energy] : [];
  });
  const energy = sumEnergy([...(before ? [before.energy] : []), ...now]);
  return energy && { jobs: (before?.jobs ?? 0) + now.length, energy };
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
