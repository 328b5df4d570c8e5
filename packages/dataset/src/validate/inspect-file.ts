/** Looks at one file of a data set, and reads no more of it than is asked for. */
import { createHash, createHmac } from "node:crypto";
import { DicomError, type DicomHeader, readHeader } from "@mammoflow/dicom";
import { type HeaderFacts, openImage } from "@mammoflow/imaging";
import { AppError, messageOf } from "@mammoflow/runtime";
import { createBucketFinder, isBucketAddress } from "@mammoflow/storage";
import { findBurntInText, type TextBlock } from "./burnt-in-text/find-burnt-in-text.ts";
import { createFileOpener, openObject, type OpenFile } from "./open-file.ts";
import { reduceFrame } from "./burnt-in-text/reduce-frame.ts";

interface InspectedFile {
  /** A path, or the address of an object in a bucket. */
  path: string;
  /** Its name in messages. */
  source: string;
}

/**
 * How closely to look. `header`: at the first 64 KiB, or to where the header ends. `pixels`: at everything. The others only hash:
 * `blocks` two blocks of 64 KiB in the middle and at the end, `whole` every byte.
 */
export type Look = "header" | "pixels" | "blocks" | "whole";

export interface InspectRequest {
  look: Look;
  files: InspectedFile[];
  /** Patient IDs are hashed with it, so that what leaves this process names nobody. */
  patientKey: string;
}

/** What a file says of its image, and what was odd about it. */
export type FileHeader = Pick<HeaderFacts, "rows" | "columns" | "bitsStored" | (typeof compared)[number]> & {
  frames: number;
  warnings: string[];
  /** Keyed hash of the Patient ID. */
  patient?: string;
};

export interface FileFacts {
  sizeBytes: number;
  bytesRead: number;
  /** Of the first 64 KiB (`header`), of two other blocks (`blocks`), of everything (`pixels` and `whole`); sha256. */
  hash?: string;
  header?: FileHeader;
  pixels?: { isBlank: boolean; text: TextBlock[] };
  /** Why it cannot be used: the code of a DicomError, `SOURCE_MISSING`, `SOURCE_UNREADABLE`, or how its process ended. */
  failure?: { code: string; message: string };
}

const compared = [
  "photometricInterpretation",
  "transferSyntaxUid",
  "manufacturer",
  "laterality",
  "viewPosition",
  "burnedInAnnotation",
] as const satisfies (keyof HeaderFacts)[];
const blockBytes = 64 * 1024;
const nobody = /^(anon\w*|de-?identified|removed|unknown|none|n\/?a|x+|0+)$/i;

export type InspectFile = (
  file: InspectedFile,
  request: Pick<InspectRequest, "look" | "patientKey">,
) => Promise<FileFacts>;

/**
 * Of objects in a bucket no more is fetched than is looked at.
 *
 * @returns a function for one file at a time; it never throws for what is wrong with the file.
 */
export function createFileInspector(gcsEndpoint?: string): InspectFile {
  const open = createFileOpener();
  const find = createBucketFinder(gcsEndpoint);
  return async ({ path, source }, { look, patientKey }) => {
    const facts: FileFacts = { sizeBytes: 0, bytesRead: 0 };
    let file: OpenFile | undefined;
    try {
      file = isBucketAddress(path) ? await openObject(find(path), source, blockBytes) : open(path, source);
      facts.sizeBytes = file.sizeBytes;
      if (look === "header") await inspectHeader(file, source, patientKey, facts);
      if (look === "pixels") await inspectPixels(file, source, patientKey, facts);
      if (look === "blocks") facts.hash = await hashOfBlocks(file);
      if (look === "whole") facts.hash = await hashOfWhole(file);
    } catch (error) {
      facts.failure = failureOf(error, source);
    } finally {
      facts.bytesRead = file?.bytesRead ?? 0;
      file?.close();
    }
    return facts;
  };
}

async function inspectHeader(file: OpenFile, source: string, patientKey: string, facts: FileFacts): Promise<void> {
  facts.hash = sha256(await file.first(blockBytes));
  const header = await dicomHeader(file, source);
  if (header !== undefined) {
    facts.header = fileHeader(header.image, header.image, patientHash(header, patientKey));
    return;
  }
  // A PNG or the like, or nothing that can be read at all: that takes the whole file to know.
  const image = await openImage(await file.first(file.sizeBytes), source);
  facts.header = fileHeader(image.facts, image);
}

/** Reads as much as the header has; undefined for what is not DICOM. */
async function dicomHeader(file: OpenFile, source: string): Promise<DicomHeader | undefined> {
  try {
    for (let wanted = blockBytes; ; wanted *= 8) {
      const start = await file.first(wanted);
      // Where less came than was asked for, the file ends there.
      const header = readHeader(start, source, start.length < wanted ? start.length : file.sizeBytes);
      if (header !== undefined) return header;
    }
  } catch (error) {
    if (error instanceof DicomError && error.code === "DICOM_NOT_DICOM") return undefined;
    throw error;
  }
}

async function inspectPixels(file: OpenFile, source: string, patientKey: string, facts: FileFacts): Promise<void> {
  const bytes = await file.first(file.sizeBytes);
  facts.hash = sha256(bytes);
  const patient = patientHash(await dicomHeader(file, source), patientKey);
  const image = await openImage(bytes, source);
  facts.header = fileHeader(image.facts, image, patient);
  const pixels = await image.decode();
  facts.header.warnings.push(...pixels.warnings);
  const { samples } = pixels;
  const isBlank = samples.every((value: number) => value === samples[0]);
  facts.pixels = { isBlank, text: isBlank ? [] : findBurntInText(reduceFrame(pixels, image)) };
}

function fileHeader(
  facts: HeaderFacts,
  { frames, warnings }: Pick<FileHeader, "frames" | "warnings">,
  patient?: string,
): FileHeader {
  const { rows, columns, bitsStored } = facts;
  const present = compared.flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]]));
  return {
    rows,
    columns,
    bitsStored,
    ...Object.fromEntries(present),
    frames,
    warnings: [...warnings],
    ...(patient !== undefined && { patient }),
  };
}

/** undefined for nobody, and for what is written in the place of a name */
function patientHash(header: DicomHeader | undefined, key: string): string | undefined {
  const id = header?.patientId;
  return id === undefined || nobody.test(id) ? undefined : createHmac("sha256", key).update(id).digest("hex");
}

async function hashOfBlocks(file: OpenFile): Promise<string> {
  const hash = createHash("sha256");
  for (const start of [file.sizeBytes / 2, file.sizeBytes - blockBytes])
    hash.update(await file.at(Math.max(0, Math.floor(start)), blockBytes));
  return hash.digest("hex");
}

async function hashOfWhole(file: OpenFile): Promise<string> {
  const hash = createHash("sha256");
  for (let start = 0; start < file.sizeBytes; start += 16 * blockBytes)
    hash.update(await file.at(start, 16 * blockBytes));
  return hash.digest("hex");
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function failureOf(error: unknown, source: string): { code: string; message: string } {
  if (error instanceof AppError) return { code: error.code, message: error.message };
  if (!(error instanceof Error && "code" in error)) throw error;
  if (error.code === "ENOENT" || error.code === "ENOTDIR")
    return { code: "SOURCE_MISSING", message: `${source} is listed but absent.` };
  return { code: "SOURCE_UNREADABLE", message: `${source} cannot be read: ${messageOf(error)}.` };
}
