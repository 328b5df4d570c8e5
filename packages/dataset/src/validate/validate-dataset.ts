/** Looks at every file of a data set before a run does, and says which would fail and which contradict their tables. */
import { randomBytes } from "node:crypto";
import { addressWithin, type ObjectStore, openStore } from "@mammoflow/storage";
import type { Dataset, Study, StudyImage } from "../dataset.ts";
import type { DatasetOptions } from "../dataset-adapter.ts";
import { DatasetError } from "../errors.ts";
import { readDataset } from "../read-dataset.ts";
import { checkStudies } from "./check-studies.ts";
import { compareImage } from "./compare-image.ts";
import { comparePatients } from "./compare-patients.ts";
import { findDuplicates, groupsBy } from "./find-duplicates.ts";
import { findUnlistedFiles } from "./find-unlisted-files.ts";
import type { FileFacts, InspectRequest, Look } from "./inspect-file.ts";
import { createIssues, type Note, type ValidationIssue } from "./issues.ts";

export interface ValidationReport {
  root: string;
  studies: number;
  images: number;
  /** Whether pixels were decoded too. */
  pixels: boolean;
  /** How much was read of how much there is. */
  bytesRead: number;
  sizeBytes: number;
  errors: ValidationIssue[];
  warnings: ValidationIssue[];
  information: ValidationIssue[];
}

/** Looks at all files of a request, in their order, and tells when some more are done. */
export type InspectFiles = (request: InspectRequest, onDone: (files: number) => void) => Promise<FileFacts[]>;

export interface ValidationOptions {
  pixels: boolean;
  inspect: InspectFiles;
  onProgress?: (look: Look, done: number, files: number) => void;
}

/** Never throws for what is wrong with the data set: tables that cannot be read are an error in the report. */
export async function validateDataset(
  root: string,
  datasetOptions: DatasetOptions,
  options: ValidationOptions,
): Promise<ValidationReport> {
  const dataset = await readDataset(root, datasetOptions).catch((error: unknown) => {
    if (error instanceof DatasetError) return error;
    throw error;
  });
  if (dataset instanceof DatasetError) return unreadTables(root, dataset, options);
  const store = openStore(dataset.root, datasetOptions.gcsEndpoint);
  try {
    return await checkFiles(dataset, store, options);
  } finally {
    await store.close();
  }
}

function unreadTables(root: string, { code, message }: DatasetError, { pixels }: ValidationOptions): ValidationReport {
  const errors = [{ code, message, count: 1, examples: [] }];
  return { root, studies: 0, images: 0, pixels, bytesRead: 0, sizeBytes: 0, errors, warnings: [], information: [] };
}

/** An image, and what its file turned out to be. */
interface CheckedImage {
  study: Study;
  image: StudyImage;
  facts: FileFacts;
}

async function checkFiles(
  { root, studies, warnings, leftOut = [] }: Dataset,
  store: ObjectStore,
  { pixels, inspect, onProgress }: ValidationOptions,
): Promise<ValidationReport> {
  const { note, of } = createIssues();
  const patientKey = randomBytes(32).toString("hex");
  let bytesRead = 0;
  const look = async (how: Look, sources: string[]): Promise<FileFacts[]> => {
    let done = 0;
    onProgress?.(how, done, sources.length);
    const files = sources.map((source) => ({ source, path: addressWithin(root, source) }));
    const facts = await inspect({ look: how, files, patientKey }, (more) => {
      done += more;
      onProgress?.(how, done, sources.length);
    });
    for (const each of facts) bytesRead += each.bytesRead;
    return facts;
  };

  checkStudies(studies, note);
  const listed = studies.flatMap((study) => study.images.map((image) => ({ study, image })));
  const sources = listed.map(({ image }) => image.source);
  const facts = await look(pixels ? "pixels" : "header", sources);
  const checked = listed.flatMap((each, index): CheckedImage[] => {
    const own = facts[index];
    return own ? [{ ...each, facts: own }] : [];
  });
  for (const each of checked) compareImage(each.image, each.facts, note);
  comparePatients(checked, note);
  noteDuplicates(pixels ? equalByHash(checked) : await equalByBytes(checked, look), note);
  await findUnlistedFiles(store, [...sources, ...leftOut], note);
  return {
    root,
    studies: studies.length,
    images: listed.length,
    pixels,
    bytesRead,
    sizeBytes: checked.reduce((sum, each) => sum + each.facts.sizeBytes, 0),
    errors: of("errors"),
    warnings: [...warnings.map(remarkOfReading), ...of("warnings")],
    information: of("information"),
  };
}

function remarkOfReading(message: string): ValidationIssue {
  return { code: "ANNOTATIONS", message, count: 1, examples: [] };
}

/** With pixels every file was read and hashed as a whole. */
function equalByHash(checked: CheckedImage[]): CheckedImage[][] {
  return groupsBy(
    checked,
    checked.map(({ facts }) => (facts.failure ? undefined : facts.hash)),
  );
}

function equalByBytes(
  checked: CheckedImage[],
  look: (how: Look, sources: string[]) => Promise<FileFacts[]>,
): Promise<CheckedImage[][]> {
  const hashed = checked.flatMap(({ facts, ...each }) => {
    const { sizeBytes, hash, failure } = facts;
    return hash === undefined || failure ? [] : [{ ...each, facts, sizeBytes, hash }];
  });
  return findDuplicates(hashed, async (how, files) => {
    const again = await look(
      how,
      files.map(({ image }) => image.source),
    );
    return again.map(({ hash, failure }) => (failure ? undefined : hash));
  });
}

function noteDuplicates(groups: CheckedImage[][], note: Note): void {
  for (const group of groups) {
    const isInBoth = new Set(group.map(({ study }) => study.split)).size > 1;
    note(isInBoth ? "DUPLICATE_ACROSS_SPLITS" : "DUPLICATE_CONTENT", {
      example: group
        .map(({ image, study }) => (isInBoth ? `${image.source} (${study.split})` : image.source))
        .join(" = "),
    });
  }
}
