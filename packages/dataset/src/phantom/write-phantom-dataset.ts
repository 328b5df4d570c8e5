/** Writes a synthetic data set in VinDr-Mammo's layout: what a demo or a test can use where the real one may not go. */
import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeDicom } from "@mammoflow/dicom";
import { messageOf, UsageError } from "@mammoflow/runtime";
import type { Split } from "../dataset.ts";
import { DatasetError } from "../errors.ts";
import { drawWindows } from "./makers.ts";
import { createPhantomTables } from "./phantom-tables.ts";
import { planStudies, type ImagePlan, type StudyPlan } from "./plan-studies.ts";
import { randomFor } from "./random.ts";
import { renderPhantom, type PhantomImage } from "./render-phantom.ts";

export interface PhantomOptions {
  /** Folder to make; it must not exist or be empty. */
  out: string;
  /** 8 or more; of four views each. Default 40. */
  studies?: number;
  /** 1 is the makers' full size (18 MB an image), 0.3 a third of each side (1.8 MB). Default 0.3. */
  scale?: number;
  /** The same options give the same bytes. Default 1. */
  seed?: number;
  /** Called after each study. */
  onStudy?: (written: number, studies: number) => void;
}

export interface PhantomSummary {
  root: string;
  studies: number;
  images: number;
  /** Images of BI-RADS 3 and up. */
  malignantImages: number;
  /** Studies by split. */
  splits: Record<Split, number>;
  sizeBytes: number;
  scale: number;
  seed: number;
}

/**
 * The data set appears under `out` when it is whole: until then its files lie in a folder beside it, `<out>.partial`,
 * which the next attempt removes.
 *
 * @throws UsageError for fewer than 8 studies, a scale outside 0.05..1, or a folder that has files.
 * @throws DatasetError when the disk refuses.
 */
export async function writePhantomDataset(options: PhantomOptions): Promise<PhantomSummary> {
  const { out, studies = 40, scale = 0.3, seed = 1, onStudy } = options;
  if (!(scale >= 0.05 && scale <= 1))
    throw new UsageError(`The scale ${scale} is outside 0.05 to 1; 0.3 is the default.`);
  const plans = planStudies(studies, seed);
  await requireEmpty(out);
  const partial = `${out}.partial`;
  try {
    await rm(partial, { recursive: true, force: true });
    const summary = await writeStudies({ root: partial, plans, scale, ...(onStudy && { onStudy }) });
    await mkdir(dirname(out), { recursive: true });
    await rm(out, { recursive: true, force: true }); // empty, as was made sure above
    await rename(partial, out);
    return { root: out, studies, ...summary, scale, seed };
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new DatasetError({
      code: "PHANTOM_NOT_WRITTEN",
      message: `The phantom data set could not be written to ${out} (${messageOf(error)}); make room there or name another folder.`,
      cause: error,
    });
  }
}

async function requireEmpty(out: string): Promise<void> {
  const names = await readdir(out).catch(() => []);
  if (names.length > 0) throw new UsageError(`${out} has files already; remove them or name another folder.`);
}

interface Work {
  root: string;
  plans: StudyPlan[];
  scale: number;
  onStudy?: (written: number, studies: number) => void;
}

async function writeStudies({ root, plans, scale, onStudy }: Work) {
  const tables = createPhantomTables();
  let sizeBytes = 0;
  for (const [index, study] of plans.entries()) {
    const folder = join("images", study.studyId);
    await mkdir(join(root, folder), { recursive: true });
    for (const breast of study.breasts) {
      for (const plan of breast.images) {
        const image = renderPhantom(plan, scale);
        const file = toDicom(study, plan, image);
        const name = `${plan.imageId}.dicom`;
        await writeFile(join(root, folder, name), file);
        sizeBytes += file.length;
        const sha256 = createHash("sha256").update(file).digest("hex");
        tables.add({ study, breast, plan, image, path: `images/${study.studyId}/${name}`, sha256 });
      }
    }
    onStudy?.(index + 1, plans.length);
  }
  for (const [name, text] of Object.entries(tables.files())) await writeFile(join(root, name), text);
  const breasts = plans.flatMap((study) => study.breasts);
  const inSplit = (split: Split) => plans.filter((study) => study.split === split).length;
  return {
    images: breasts.flatMap(({ images }) => images).length,
    malignantImages: breasts.filter(({ birads }) => birads >= 3).flatMap(({ images }) => images).length,
    splits: { training: inSplit("training"), test: inSplit("test") },
    sizeBytes,
  };
}

/** As VinDr-Mammo's files are: no SOP class, no patient, identifiers that are no UIDs. */
function toDicom(study: StudyPlan, { imageId, laterality, viewPosition, maker, seed }: ImagePlan, image: PhantomImage) {
  return writeDicom({
    rows: image.rows,
    columns: image.columns,
    samples: image.samples,
    bitsStored: maker.bitsStored,
    photometricInterpretation: maker.photometricInterpretation,
    windows: drawWindows(maker, randomFor(seed, "window")),
    voiLutFunction: "LINEAR",
    rescale: { slope: 1, intercept: 0 },
    ...(maker.pixelPadding !== undefined && { pixelPadding: maker.pixelPadding }),
    imagerPixelSpacingMm: image.pixelMm,
    manufacturer: maker.manufacturer,
    manufacturerModelName: maker.manufacturerModelName,
    laterality,
    viewPosition,
    modality: "MG",
    studyInstanceUid: study.studyId,
    seriesInstanceUid: study.seriesId,
    sopInstanceUid: imageId,
    mediaStorageSopClassUid: "1.2.3.4",
    imageComments: "Synthetic phantom, not a patient",
  });
}
