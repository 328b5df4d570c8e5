import { createPseudonyms } from "@mammoflow/dicom";
import { AppError, createProcessPool, loadSettings, messageOf, siblingModule } from "@mammoflow/runtime";
import { openStore, replaceObject } from "@mammoflow/storage";
import { z } from "zod";
import type { DeidentifiedFile, DeidentifyRequest } from "./deidentify-child.ts";
import { version } from "./version.ts";

export const reportName = "deidentification.json";

export interface DeidentifyFilesOptions {
  /** Paths of files. */
  files: string[];
  /** Address of the store that the outputs go to, and the report. */
  out: string;
  key: Buffer;
  decompress: boolean;
  jobs: number;
  onFile: (done: number, total: number) => void;
}

export interface DeidentifyOutcome {
  files: (DeidentifiedFile & { source: string })[];
  failures: { file: string; reason: string }[];
}

/** Of a report that is there already, only this is read. */
const reportSchema = z.object({
  keyFingerprint: z.string(),
  files: z.array(z.looseObject({ output: z.string() })),
});

/**
 * De-identifies files, each in a child process; one bad file stops nothing. The report beside the outputs names no source: a
 * name may be a patient's, and the two lists side by side would undo the work.
 *
 * @throws AppError `OTHER_KEY` when the outputs there were made with another key; StorageError when nothing can be written
 */
export async function deidentifyFiles(options: DeidentifyFilesOptions): Promise<DeidentifyOutcome> {
  const { files, out, key, decompress, jobs, onFile } = options;
  const settings = loadSettings();
  const store = openStore(out, settings.gcsEndpoint);
  const keyFingerprint = createPseudonyms(key).fingerprint;
  requireSameKey(await store.get(reportName), keyFingerprint, out);
  const pool = createProcessPool<DeidentifyRequest, DeidentifiedFile>({
    module: siblingModule(import.meta.url, "deidentify-child"),
    size: Math.min(jobs, files.length),
    deadlineMs: settings.imageTimeoutMs,
    memoryMb: settings.childMemoryMb,
  });
  const outcome: DeidentifyOutcome = { files: [], failures: [] };
  let ended = 0;
  try {
    await Promise.all(
      files.map(async (path) => {
        try {
          const request = { path, out, gcsEndpoint: settings.gcsEndpoint, key, decompress };
          outcome.files.push({ source: path, ...(await pool.call(request)) });
        } catch (error) {
          if (error instanceof AppError && error.code.startsWith("STORAGE_") && error.code !== "STORAGE_CONFLICT")
            throw error;
          outcome.failures.push({ file: path, reason: messageOf(error) });
        }
        onFile(++ended, files.length);
      }),
    );
    outcome.files.sort((a, b) => (a.output < b.output ? -1 : 1));
    await replaceObject(store, reportName, (current) => report(outcome.files, keyFingerprint, current));
  } finally {
    await pool.close();
    await store.close();
  }
  return outcome;
}

function requireSameKey(stored: { bytes: Buffer } | undefined, keyFingerprint: string, out: string): void {
  if (stored === undefined || parsedReport(stored.bytes).keyFingerprint === keyFingerprint) return;
  throw new AppError({
    code: "OTHER_KEY",
    message: `${out} holds files that were de-identified with another key: name that key's file, or another --out.`,
  });
}

/** Describes the whole folder: what an earlier run wrote stays in. */
function report(files: DeidentifyOutcome["files"], keyFingerprint: string, current: Buffer | undefined): Buffer {
  const byOutput = new Map<string, { output: string }>(
    current ? parsedReport(current).files.map((file) => [file.output, file]) : [],
  );
  for (const { source: _, ...file } of files) byOutput.set(file.output, file);
  const content = {
    profile: "PS3.15 Basic Application Level Confidentiality Profile",
    options: [
      "Retain Longitudinal Temporal Information with Modified Dates",
      "Clean Pixel Data (files with pixels: masked)",
    ],
    table: "PS3.15 2026c, Table E.1-1",
    mammoflow: version(),
    keyFingerprint,
    files: [...byOutput.values()].toSorted((a, b) => (a.output < b.output ? -1 : 1)),
  };
  return Buffer.from(`${JSON.stringify(content, null, 1)}\n`);
}

function parsedReport(bytes: Buffer): z.infer<typeof reportSchema> {
  try {
    return reportSchema.parse(JSON.parse(bytes.toString()));
  } catch (error) {
    throw new AppError({
      code: "REPORT_UNREADABLE",
      message: `${reportName} in the output is not one of ours (${messageOf(error)}): move it away, or choose another --out.`,
      cause: error,
    });
  }
}
