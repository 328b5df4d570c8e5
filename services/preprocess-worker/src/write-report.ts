import {
  appendAudit,
  closeStage,
  endRun,
  featuresIndexSchema,
  jobId,
  jsonBytes,
  manifestLineSchema,
  objectNames,
  present,
  readJson,
  readLines,
  runnableExperiments,
  type ChildOutcomes,
  type Payload,
  type Queues,
  type RunReader,
} from "@mammoflow/jobs";
import { comparisonCsv, renderDataSheet, renderModelCard, renderModelPage, renderReport } from "@mammoflow/evaluation";
import type { Settings } from "@mammoflow/runtime";
import { openStore, replaceObject } from "@mammoflow/storage";
import { compareApart } from "./compare-apart.ts";
import { summariseRun } from "./summarise-run.ts";

/** Ends a run: the comparison, the report, and a page and a card for each model, from what the store holds. */
export async function writeReport(
  { runId, generation }: Payload<"report">,
  { failures }: ChildOutcomes,
  { runs, queues, settings }: { runs: RunReader; queues: Queues; settings: Settings },
): Promise<void> {
  const { store, config } = await runs.open(runId);
  const manifestName = objectNames.manifest(runId);
  const manifest = present(await readLines(store, manifestName, manifestLineSchema), manifestName, runId);
  const featuresName = objectNames.features(runId);
  const features = present(await readJson(store, featuresName, featuresIndexSchema), featuresName, runId);
  const planned = runnableExperiments(config, features);
  const reasonOf = (experiment: string): string =>
    failures[jobId.experiment(runId, generation, experiment)] ??
    "UNKNOWN: it left no result; `mammoflow resume` runs it again.";

  const summary = await summariseRun({
    store,
    config,
    manifest,
    features,
    reasonOf,
    compare: (experiments) => compareApart(experiments, { storeAddress: store.address, runId }, settings),
    original: (root, source) => originalOf(root, source, settings),
  });
  await closeStage(queues.redis, runId, "learn", {
    done: summary.experiments.length,
    failed: planned.length - summary.experiments.length,
  });
  const put = (name: string, text: string | Buffer): Promise<void> =>
    replaceObject(store, name, () => Buffer.from(text));
  for (const experiment of summary.experiments) {
    const object = (file: string): string => objectNames.experiment(runId, experiment.name, file);
    await Promise.all([
      put(object("report.html"), renderModelPage(summary, experiment)),
      put(object("model-card.md"), renderModelCard(summary, experiment)),
      put(object("data-sheet.md"), renderDataSheet(summary, experiment)),
    ]);
  }
  await put(objectNames.comparison(runId), comparisonCsv(summary));
  await put(objectNames.report(runId), renderReport(summary));
  await put(objectNames.summary(runId), jsonBytes(summary)); // last: what a finished run is read from
  await appendAudit(store, runId, {
    who: "preprocess-worker",
    action: "reported",
    facts: { generation, experiments: summary.experiments.length, notRun: summary.notRun.length },
  });
  await endRun(queues.redis, runId, "done");
}

async function originalOf(root: string, source: string, { gcsEndpoint }: Settings): Promise<Buffer | undefined> {
  const dataset = openStore(root, gcsEndpoint);
  try {
    return (await dataset.get(source).catch(() => undefined))?.bytes;
  } finally {
    await dataset.close();
  }
}
