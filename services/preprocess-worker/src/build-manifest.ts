import { describeDataset, statisticsHtml, type Dataset } from "@mammoflow/dataset";
import {
  appendAudit,
  closeStage,
  endRun,
  extractTree,
  indexedStudySchema,
  jsonBytes,
  linesBytes,
  objectNames,
  present,
  readLines,
  shardLineSchema,
  startStage,
  stopReason,
  type ChildOutcomes,
  type IndexedStudy,
  type ManifestLine,
  type OpenRun,
  type Payload,
  type Queues,
  type RunReader,
} from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import { replaceObject } from "@mammoflow/storage";
import { z } from "zod";
import { findingsInOutput } from "./findings-in-output.ts";

/**
 * Ends preprocessing: joins the shards into `manifest.jsonl` and the data set report, and begins the next stage, or stops
 * the run when too much failed to learn from the rest.
 *
 * @throws AppError `SHARD_FAILED` when a shard could not be closed
 */
export async function buildManifest(
  { runId, generation }: Payload<"manifest">,
  children: ChildOutcomes,
  { runs, queues }: { runs: RunReader; queues: Queues },
): Promise<{ studies: number; failed: number; images: number }> {
  const { store, config } = await runs.open(runId);
  const [firstFailure] = Object.values(children.failures);
  if (firstFailure !== undefined)
    throw new AppError({
      code: "SHARD_FAILED",
      message: `A shard of ${runId} could not be closed (${firstFailure}): \`mammoflow resume ${runId}\` goes on.`,
    });

  const { submitted, prepared, manifest } = await joinShards({ store, config });
  const counts = { studies: submitted.length, failed: submitted.length - prepared.length };
  await replaceObject(store, objectNames.manifest(runId), () => linesBytes(manifest));
  const { sources, isSynthetic, warnings, labelRule, madeSplit } = config.dataset;
  const dataset: Dataset = {
    root: sources.map(({ root }) => root).join(" + "),
    adapter: [...new Set(sources.map(({ adapter }) => adapter))].join(" + "),
    isSynthetic,
    studies: prepared,
    warnings,
    labelRule,
    madeSplit,
  };
  if (prepared.length > 0) {
    const statistics = describeDataset(dataset);
    await replaceObject(store, objectNames.datasetReport(runId, "json"), () => jsonBytes(statistics));
    await replaceObject(store, objectNames.datasetReport(runId, "html"), () => Buffer.from(statisticsHtml(statistics)));
  }
  await closeStage(queues.redis, runId, "preprocess", { done: prepared.length, failed: counts.failed });
  await appendAudit(store, runId, {
    who: "preprocess-worker",
    action: "preprocessed",
    facts: { generation, ...counts, images: manifest.length },
  });

  const reason = stopReason(config, counts, classesOf(submitted), classesOf(prepared));
  if (reason === undefined) {
    const tree = extractTree(config, generation, manifest);
    await startStage(queues, runId, "extract", tree, tree.children?.length ?? 0);
  } else {
    await endRun(queues.redis, runId, "stopped", reason);
    await appendAudit(store, runId, { who: "preprocess-worker", action: "stopped", facts: { reason } });
  }
  return { ...counts, images: manifest.length };
}

async function joinShards({
  store,
  config,
}: OpenRun): Promise<{ submitted: IndexedStudy[]; prepared: IndexedStudy[]; manifest: ManifestLine[] }> {
  const { runId } = config;
  const submitted: IndexedStudy[] = [];
  const prepared: IndexedStudy[] = [];
  const manifest: ManifestLine[] = [];
  for (let shard = 0; shard < config.shards; shard++) {
    const indexName = objectNames.index(runId, shard);
    const studies = present(await readLines(store, indexName, indexedStudySchema), indexName, runId);
    const lines = present(
      await readLines(store, objectNames.shard(runId, shard), shardLineSchema),
      objectNames.shard(runId, shard),
      runId,
    );
    const lineOf = new Map(lines.map((line) => [line.studyId, line]));
    for (const study of studies) {
      submitted.push(study);
      const line = lineOf.get(study.studyId);
      if (!line?.done) continue;
      prepared.push(study);
      const records = new Map(line.images.map((image) => [image.imageId, image]));
      for (const image of study.images) {
        const { address, pngSha256, geometry, header } = present(
          records.get(image.imageId),
          `the record of ${study.studyId}/${image.imageId}`,
          runId,
        );
        const { images: _, ...facts } = study;
        const findings = findingsInOutput(image.findings, geometry);
        manifest.push({
          ...image,
          ...facts,
          address,
          pngSha256,
          ...headerFactsSchema.parse(header),
          geometry,
          ...(findings && { findings }),
        });
      }
    }
  }
  return { submitted, prepared, manifest };
}

/** Of an image's header, what learning and judging need; what it does not say is null. */
const headerFactsSchema = z
  .object({
    manufacturer: z.string().min(1).nullable().catch(null),
    ageYears: z.number().nullable().catch(null),
    imagerPixelSpacingMm: z.tuple([z.number(), z.number()]).nullable().catch(null),
  })
  .transform(({ imagerPixelSpacingMm, ...facts }) => ({ ...facts, pixelSpacingMm: imagerPixelSpacingMm }));

function classesOf(studies: IndexedStudy[]): Record<string, Set<number>> {
  const classes: Record<string, Set<number>> = {};
  for (const { split, images } of studies) for (const { label } of images) (classes[split] ??= new Set()).add(label);
  return classes;
}
