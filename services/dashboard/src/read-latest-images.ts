import { objectNames, readJson, studyRecordSchema, type ImageRecord } from "@mammoflow/jobs";
import { z } from "zod";
import { askQueue } from "./ask-queue.ts";
import type { OutcomeSources } from "./outcome-sources.ts";

/** A prepared training image, for the strip on the run's page. */
export interface PreparedImage {
  studyId: string;
  imageId: string;
  /** `left CC`, where the header says so. */
  view: string;
}

const shownImages = 12;
/** Jobs of other runs may lie in between. */
const jobsLookedAt = 50;

const studyJobSchema = z.object({ runId: z.string(), studyId: z.string() });

/** The images that were prepared last; of a run whose jobs the queue forgot, the first ones by name. */
export async function readLatestImages(sources: OutcomeSources): Promise<PreparedImage[]> {
  const { store, progress } = sources;
  const studyIds = await recentStudies(sources);
  if (studyIds.length === 0) studyIds.push(...(await firstStudies(sources)));
  const images: PreparedImage[] = [];
  for (const studyId of studyIds) {
    if (images.length >= shownImages) break;
    const record = await readJson(store, objectNames.record(progress.runId, studyId), studyRecordSchema);
    for (const image of record?.images ?? []) images.push({ studyId, imageId: image.imageId, view: viewOf(image) });
  }
  return images.slice(0, shownImages);
}

async function recentStudies({ queues, progress }: OutcomeSources): Promise<string[]> {
  const jobs = await askQueue(queues, () => queues.queue.preprocess.getJobs(["completed"], 0, jobsLookedAt));
  return jobs.flatMap((job) => {
    const study = studyJobSchema.safeParse(job?.data);
    return study.success && study.data.runId === progress.runId ? [study.data.studyId] : [];
  });
}

async function firstStudies({ store, progress }: OutcomeSources): Promise<string[]> {
  const prefix = objectNames.record(progress.runId, "").replace(/[^/]*$/, "");
  const studyIds: string[] = [];
  for await (const name of store.list(prefix)) {
    studyIds.push(name.slice(prefix.length).replace(/\.json$/, ""));
    if (studyIds.length >= shownImages) break;
  }
  return studyIds;
}

function viewOf({ header }: ImageRecord): string {
  const sides: Record<string, string> = { L: "left", R: "right" };
  const side = sides[String(header["laterality"])] ?? "";
  const view = typeof header["viewPosition"] === "string" ? header["viewPosition"] : "";
  return `${side} ${view}`.trim();
}
