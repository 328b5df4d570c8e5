/** From what a data set's tables list to labelled studies with a split: the same for every data set. */
import { UsageError } from "@mammoflow/runtime";
import { addressWithin, type ObjectStore } from "@mammoflow/storage";
import { checkDataset, rejectContradictions, type SeenLines } from "./check-dataset.ts";
import type { DatasetAdapter, DatasetOptions, Listing } from "./dataset-adapter.ts";
import { labelOf, type Dataset, type ExcludedImages, type LabelRule, type MadeSplit, type Study } from "./dataset.ts";
import { isPhantom, phantomMarkFile } from "./phantom/phantom-readme.ts";
import { splitPatients } from "./split-patients.ts";

/** A study whose split may have to be made. */
type OpenStudy = Omit<Study, "split"> & { split: Study["split"] | null };

/**
 * @throws DatasetError when images, studies or patients contradict themselves; when nothing is left under the label rule;
 * when a split is empty or has one class only.
 * @throws UsageError for an option that does not fit the data set.
 */
export async function assembleDataset(
  adapter: DatasetAdapter,
  store: ObjectStore,
  listing: Listing,
  options: DatasetOptions,
): Promise<Dataset> {
  const labelRule = labelRuleFor(adapter, listing, options);
  const { studies, excluded, withoutLabel, leftOut } = labelStudies(listing, labelRule);
  const open = studies.filter(({ images }) => images.length > 0);
  const madeSplit = options.testOnly ? undefined : splitToMake(adapter, open, options);
  const isSynthetic = await isPhantom(store);
  const dataset: Dataset = {
    root: store.address,
    tables: isSynthetic ? [...listing.tables, phantomMarkFile] : listing.tables,
    adapter: adapter.name,
    isSynthetic,
    studies: madeSplit
      ? withSplit(open, madeSplit)
      : open.map((study) => ({ ...study, split: options.testOnly ? "test" : (study.split ?? "training") })),
    warnings: [...labelWarnings(excluded, withoutLabel, labelRule), ...listing.warnings],
    labelRule,
    ...(madeSplit && { madeSplit }),
    excluded,
    leftOut,
  };
  checkDataset(dataset, addressWithin(store.address, listing.tables[0] ?? ""), options.testOnly ? ["test"] : undefined);
  return dataset;
}

function labelRuleFor(adapter: DatasetAdapter, listing: Listing, options: DatasetOptions): LabelRule {
  const { malignantFrom, excludeBirads, rows = "images" } = options;
  if (rows === "findings" && !listing.images.some(({ findings }) => findings))
    throw new UsageError(
      `${adapter.title} lists no findings here: leave --rows findings out, so that each image counts once.`,
    );
  if (!listing.ownLabels) return { malignantFrom: malignantFrom ?? 3, excludeBirads: excludeBirads ?? [], rows };
  if (malignantFrom !== undefined || excludeBirads !== undefined)
    throw new UsageError(
      `${adapter.title} has labels of its own (malignant where ${listing.ownLabels.malignantWhere}): leave --malignant-from and --exclude-birads out.`,
    );
  return { ...listing.ownLabels, rows };
}

function labelStudies(
  { images }: Listing,
  rule: LabelRule,
): { studies: OpenStudy[]; excluded: ExcludedImages[]; withoutLabel: number; leftOut: string[] } {
  const studies = new Map<string, OpenStudy>();
  const seen: SeenLines = { places: new Map(), studies: new Map(), patients: new Map() };
  const excluded = new Map<number, number>();
  let withoutLabel = 0;
  const leftOut: string[] = [];
  for (const listed of images) {
    rejectContradictions(listed, seen);
    const { place: _, studyId, patientId, split, ownLabel, ...image } = listed;
    const study = studies.get(studyId) ?? { studyId, ...(patientId !== undefined && { patientId }), split, images: [] };
    studies.set(studyId, study);
    const label = "malignantWhere" in rule ? ownLabel : image.birads === null ? undefined : labelOf(image.birads, rule);
    if (label === undefined) withoutLabel += 1;
    else if (label === null) excluded.set(image.birads ?? 0, (excluded.get(image.birads ?? 0) ?? 0) + 1);
    else {
      const rows = rule.rows === "findings" ? Math.max(1, image.findings?.length ?? 1) : 1;
      study.images.push({ ...image, label, rows });
    }
    if (typeof label !== "number") leftOut.push(image.source);
  }
  return {
    studies: [...studies.values()],
    excluded: [...excluded].map(([birads, count]): ExcludedImages => ({ birads, images: count })),
    withoutLabel,
    leftOut,
  };
}

/** @returns undefined where the data set has a split. */
function splitToMake(adapter: DatasetAdapter, studies: OpenStudy[], options: DatasetOptions): MadeSplit | undefined {
  if (studies.some(({ split }) => split === null))
    return { seed: options.splitSeed ?? 1, testShare: options.testShare ?? 0.2 };
  if (options.splitSeed !== undefined || options.testShare !== undefined)
    throw new UsageError(`${adapter.title} has a split of its own here: leave --split-seed and --test-share out.`);
  return undefined;
}

/** Stratified by class and density, by patient where patients are known, else by study. */
function withSplit(studies: OpenStudy[], madeSplit: MadeSplit): Study[] {
  const patients = new Map<string, OpenStudy[]>();
  for (const study of studies) {
    const patient = study.patientId ?? study.studyId;
    patients.set(patient, [...(patients.get(patient) ?? []), study]);
  }
  const test = splitPatients(
    [...patients].map(([patientId, own]) => {
      const images = own.flatMap((study) => study.images);
      return {
        patientId,
        isMalignant: images.some(({ label }) => label === 1),
        trait: images
          .map(({ density }) => density ?? "")
          .reduce((most, density) => (density > most ? density : most), ""),
      };
    }),
    madeSplit,
  );
  return studies.map((study) => ({
    ...study,
    split: test.has(study.patientId ?? study.studyId) ? "test" : "training",
  }));
}

function labelWarnings(excluded: ExcludedImages[], withoutLabel: number, rule: LabelRule): string[] {
  const incomplete = excluded.find(({ birads }) => birads === 0)?.images ?? 0;
  const missing = "malignantWhere" in rule ? "label" : "BI-RADS assessment";
  return [
    ...(incomplete > 0 ? [`${incomplete} images are BI-RADS 0 (incomplete assessment) and were left out.`] : []),
    ...(withoutLabel > 0 ? [`${withoutLabel} images have no ${missing} and were left out.`] : []),
  ];
}
