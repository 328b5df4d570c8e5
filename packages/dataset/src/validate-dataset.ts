/** Looks at every image of a data set before a run does, and says which would fail and which contradict their annotations. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { decodePixels, readDicom, type DicomImage, type Pixels } from "@mammoflow/dicom";
import { AppError, messageOf } from "@mammoflow/runtime";
import type { Dataset, LabelRule, StudyImage } from "./dataset.ts";
import { DatasetError } from "./errors.ts";
import { readDataset } from "./read-dataset.ts";

export interface ValidationIssue {
  /** Stable identifier, e.g. `IMAGE_MISSING`, or the code of the error that reading gave. */
  code: string;
  message: string;
  count: number;
  /** The first few images, or what is known of them. */
  examples: string[];
}

export interface ValidationReport {
  root: string;
  studies: number;
  images: number;
  /** Whether pixels were decoded too. */
  pixels: boolean;
  /** What a run would fail on. */
  errors: ValidationIssue[];
  /** What a run would do in spite of the annotations. */
  warnings: ValidationIssue[];
}

export interface ValidationOptions {
  pixels: boolean;
  onProgress?: (checked: number, images: number) => void;
}

const meanings = {
  IMAGE_MISSING: { level: "errors", message: "images are listed but absent" },
  IMAGE_UNREADABLE: { level: "errors", message: "images cannot be read" },
  IMAGE_BLANK: { level: "errors", message: "images have the same value in every pixel" },
  SIZE_DIFFERS: { level: "warnings", message: "images differ in size from the annotations" },
  LATERALITY_DIFFERS: { level: "warnings", message: "images are of the other side by their header" },
  VIEW_DIFFERS: { level: "warnings", message: "images are of another view by their header" },
  STUDY_INCOMPLETE: {
    level: "warnings",
    message: "studies have other than one image of each of L-CC, L-MLO, R-CC, R-MLO",
  },
} as const satisfies Record<string, { level: "errors" | "warnings"; message: string }>;

type Code = keyof typeof meanings;
const mostExamples = 5;

/** Never throws for what is wrong with the data set: annotations that cannot be read are an error in the report. */
export async function validateDataset(
  root: string,
  rule: LabelRule,
  { pixels, onProgress }: ValidationOptions,
): Promise<ValidationReport> {
  const dataset = await readDataset(root, rule).catch((error: unknown) => {
    if (error instanceof DatasetError) return error;
    throw error;
  });
  if (dataset instanceof DatasetError) {
    const issue = { code: dataset.code, message: dataset.message, count: 1, examples: [] };
    return { root, studies: 0, images: 0, pixels, errors: [issue], warnings: [] };
  }
  const issues = createIssues();
  checkViews(dataset, issues.note);
  const images = dataset.studies.flatMap((study) => study.images);
  for (const [index, image] of images.entries()) {
    await checkImage(root, image, pixels, issues.note);
    onProgress?.(index + 1, images.length);
  }
  const fromReading = dataset.warnings.map((message) => ({ code: "ANNOTATIONS", message, count: 1, examples: [] }));
  return {
    root,
    studies: dataset.studies.length,
    images: images.length,
    pixels,
    errors: issues.of("errors"),
    warnings: [...fromReading, ...issues.of("warnings")],
  };
}

type Note = (code: Code, example: string) => void;

function createIssues(): { note: Note; of: (level: "errors" | "warnings") => ValidationIssue[] } {
  const found = new Map<Code, ValidationIssue>();
  return {
    note(code, example) {
      const issue = found.get(code) ?? { code, message: "", count: 0, examples: [] };
      issue.count += 1;
      issue.message = `${issue.count} ${meanings[code].message}`;
      if (issue.examples.length < mostExamples) issue.examples.push(example);
      found.set(code, issue);
    },
    of: (level) => [...found].filter(([code]) => meanings[code].level === level).map(([, issue]) => issue),
  };
}

function checkViews({ studies }: Dataset, note: Note): void {
  for (const { studyId, images } of studies) {
    const views = images.map(({ laterality, viewPosition }) => `${laterality}-${viewPosition}`).toSorted();
    if (views.join() !== "L-CC,L-MLO,R-CC,R-MLO") note("STUDY_INCOMPLETE", `${studyId}: ${views.join(", ")}`);
  }
}

async function checkImage(root: string, image: StudyImage, withPixels: boolean, note: Note): Promise<void> {
  const bytes = await readFile(join(root, image.source)).catch((error: unknown) => {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    note(isMissing ? "IMAGE_MISSING" : "IMAGE_UNREADABLE", isMissing ? image.source : messageOf(error));
  });
  if (!bytes) return;
  try {
    const header = readDicom(bytes, image.source);
    compareHeader(header, image, note);
    if (withPixels && isBlank(await decodePixels(header))) note("IMAGE_BLANK", image.source);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    note("IMAGE_UNREADABLE", error.message);
  }
}

function compareHeader(header: DicomImage, image: StudyImage, note: Note): void {
  if (header.rows !== image.heightPx || header.columns !== image.widthPx) {
    const sizes = `${header.columns} x ${header.rows}, annotated ${image.widthPx} x ${image.heightPx}`;
    note("SIZE_DIFFERS", `${image.source}: ${sizes}`);
  }
  if (header.laterality !== undefined && header.laterality !== image.laterality) {
    note("LATERALITY_DIFFERS", `${image.source}: ${header.laterality}, annotated ${image.laterality}`);
  }
  if (header.viewPosition !== undefined && header.viewPosition !== image.viewPosition) {
    note("VIEW_DIFFERS", `${image.source}: ${header.viewPosition}, annotated ${image.viewPosition}`);
  }
}

function isBlank({ samples }: Pixels): boolean {
  const first = samples[0];
  return samples.every((value: number) => value === first);
}
