import type { z } from "zod";
import {
  jsonBytes,
  objectNames,
  sourceNamed,
  type ImageRecord,
  type IndexedStudy,
  type OpenRun,
  type Payload,
  type RunReader,
  type results,
} from "@mammoflow/jobs";
import { recipeSchema } from "@mammoflow/imaging";
import { addressWithin } from "@mammoflow/storage";
import type { ProcessPool } from "@mammoflow/runtime";
import type { PrepareAnswer, PrepareRequest } from "./prepare-image-child.ts";

export interface StudyDeps {
  runs: RunReader;
  images: ProcessPool<PrepareRequest, PrepareAnswer>;
}

/**
 * Turns every image of one study into a training image.
 *
 * Safe to run twice: each output is a function of its input, and a second write of the same bytes is a success. The
 * record is written last: it is what "done" means.
 *
 * @throws AppError (not retried) naming the image that cannot be read; the study then fails alone
 * @throws StorageError (retried) when the object store does not answer
 */
export async function preprocessStudy(
  { runId, shard, studyId }: Payload<"study">,
  { runs, images }: StudyDeps,
  signal: AbortSignal,
): Promise<z.infer<typeof results.study>> {
  const startedAt = performance.now();
  const ms = (): number => Math.round(performance.now() - startedAt);
  const run = await runs.open(runId);
  if (await run.store.exists(objectNames.record(runId, studyId))) return { done: "before", ms: ms() };
  const study = await runs.study(runId, shard, studyId);
  const records: ImageRecord[] = [];
  let cpuMs = 0;
  for (const image of study.images) {
    signal.throwIfAborted();
    const prepared = await prepareAndStore(run, study, image, images, signal);
    records.push(prepared.record);
    cpuMs += prepared.cpuMs;
  }
  const record = { studyId, recipeHash: run.config.recipeHash, images: records };
  await run.store.putOnce(objectNames.record(runId, studyId), jsonBytes(record));
  return { done: "now", ms: ms(), cpuMs: Math.round(cpuMs) };
}

async function prepareAndStore(
  { store, config }: OpenRun,
  { studyId, dataset }: IndexedStudy,
  { imageId, source }: IndexedStudy["images"][number],
  images: StudyDeps["images"],
  signal: AbortSignal,
): Promise<{ record: ImageRecord; cpuMs: number }> {
  const recipe = recipeSchema.parse(config.recipe);
  const request = {
    path: addressWithin(sourceNamed(config, dataset).root, source),
    source,
    recipe,
    hashesSource: true,
  };
  const { png, cpuMs, ...facts } = await images.call(request, { signal });
  const address = objectNames.image(config.runId, studyId, imageId);
  await store.putOnce(address, png);
  const { pngSha256, sourceSha256, widthPx, heightPx, header, geometry, chestWall, warnings } = facts;
  const record = {
    imageId,
    address,
    pngSha256,
    sourceSha256,
    widthPx,
    heightPx,
    header: { ...header },
    geometry,
    ...(chestWall && { chestWall }),
    warnings,
  };
  return { record, cpuMs };
}
