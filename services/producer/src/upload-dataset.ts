import { createPseudonyms } from "@mammoflow/dicom";
import type { Dataset } from "@mammoflow/dataset";
import { appendAuditTo } from "@mammoflow/jobs";
import {
  AppError,
  createProcessPool,
  messageOf,
  type ProcessPool,
  type Settings,
  siblingModule,
} from "@mammoflow/runtime";
import { crc32c, type ObjectEntry, type ObjectStore, openStore } from "@mammoflow/storage";
import { planUpload, refuseTellingColumns, type UploadPlan } from "./plan-upload.ts";
import type { Content, UploadedFile, UploadRequest } from "./upload-child.ts";
import { addUploaded, readUploaded, uploadFolder, type UploadedLine } from "./uploaded-files.ts";

export interface UploadOptions {
  dataset: Dataset;
  out: string;
  /** De-identifies with it; absent: headers are kept. */
  key: Buffer | undefined;
  /** Why headers are kept, for the log. */
  reason: string | undefined;
  who: string;
  /** Processes at work at once, each with one connection. */
  jobs: number;
  settings: Settings;
  signal: AbortSignal;
  onProgress: (progress: UploadProgress) => void;
}

export interface UploadProgress {
  files: number;
  allFiles: number;
  /** Of the sources. */
  bytes: number;
  allBytes: number;
  seconds: number;
}

export interface UploadOutcome {
  /** Sent, and found there. */
  uploaded: number;
  before: number;
  failures: { file: string; reason: string }[];
  /** Files of the data set's folder that it does not list. */
  others: number;
  sentBytes: number;
  /** How many files say what of their patients; only where headers are kept. */
  identifying: Record<string, number>;
  isInterrupted: boolean;
  seconds: number;
}

/** The list of what is there is written this often, so that hardly anything is made twice after a power failure. */
const listEveryMs = 10_000;

/**
 * Uploads a data set: its images, each by a child process that de-identifies it, then its tables. What is there with the same
 * checksum is passed over. A file that fails stops no other; a store that fails stops all, and running again goes on.
 *
 * @throws AppError `OTHER_KEY`; UsageError for tables that tell people; StorageError when the bucket cannot be used
 */
export async function uploadDataset(options: UploadOptions): Promise<UploadOutcome> {
  const { dataset, out: address, key, reason, who, settings } = options;
  const files = openStore(dataset.root, settings.gcsEndpoint);
  const out = openStore(address, settings.gcsEndpoint);
  const keyFingerprint = key ? createPseudonyms(key).fingerprint : null;
  const pool = createProcessPool<UploadRequest, UploadedFile>({
    module: siblingModule(import.meta.url, "upload-child"),
    size: options.jobs,
    // A slow line is no hanging decoder: connections that are silent are given up by themselves.
    deadlineMs: Math.max(settings.imageTimeoutMs, 600_000),
    memoryMb: settings.childMemoryMb,
  });
  const audit = (action: string, facts: Record<string, unknown>): Promise<unknown> =>
    appendAuditTo(out, `${uploadFolder}audit/`, {
      who,
      action,
      facts: { dataset: dataset.root, keyFingerprint, ...facts },
    });
  try {
    const plan = await planUpload(files, dataset);
    if (key) await refuseTellingColumns(files, plan.tables);
    const known = await readUploaded(out);
    requireSameKey(known, keyFingerprint, address);
    const { images, tables, missing } = plan;
    await audit(key ? "upload" : "upload-with-headers", {
      ...(reason !== undefined && { reason }),
      images: images.length,
      tables: tables.length,
    });
    const outcome = await sendAll({ ...options, plan, known, files, out, pool, keyFingerprint });
    outcome.failures.push(...missing.map((file) => ({ file, reason: "It is listed but absent." })));
    const { uploaded, before, failures, identifying, isInterrupted } = outcome;
    await audit("upload-ended", { uploaded, before, failed: failures.length, identifying, isInterrupted });
    return outcome;
  } finally {
    await pool.close();
    await files.close();
    await out.close();
  }
}

function requireSameKey(known: Map<string, UploadedLine>, keyFingerprint: string | null, out: string): void {
  const other = [...known.values()].find((line) => line.keyFingerprint !== keyFingerprint);
  if (other === undefined) return;
  const how = other.keyFingerprint === null ? "with their headers" : "de-identified with another key";
  throw new AppError({
    code: "OTHER_KEY",
    message: `${out} holds files that were uploaded ${how}: upload in the same way, or under another prefix.`,
  });
}

interface Sending extends UploadOptions {
  plan: UploadPlan;
  known: Map<string, UploadedLine>;
  files: ObjectStore;
  pool: ProcessPool<UploadRequest, UploadedFile>;
  keyFingerprint: string | null;
}

async function sendAll(sending: Omit<Sending, "out"> & { out: ObjectStore }): Promise<UploadOutcome> {
  const { plan, known, files, out, dataset, key, keyFingerprint, pool, signal, onProgress } = sending;
  const there = new Map<string, Content>();
  for await (const { name, sizeBytes, crc32c: checksum } of out.entries(""))
    if (checksum !== undefined) there.set(name, { sizeBytes, crc32c: checksum });
  const all = [...plan.images, ...plan.tables];
  const allBytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  const outcome: UploadOutcome = {
    uploaded: 0,
    before: 0,
    failures: [],
    others: plan.others,
    sentBytes: 0,
    identifying: {},
    isInterrupted: false,
    seconds: 0,
  };
  let doneFiles = 0;
  let doneBytes = 0;
  const progress = (): void =>
    onProgress({ files: doneFiles, allFiles: all.length, bytes: doneBytes, allBytes, seconds: seconds() });

  let lines: UploadedLine[] = [];
  let listing: Promise<void> = Promise.resolve();
  const writeList = (): Promise<void> => {
    const now = lines;
    lines = [];
    return (listing = listing.then(() => addUploaded(out, now)));
  };

  /** What an earlier upload made under the name in the same way, if it is still there. */
  const madeBefore = (name: string): UploadedLine | undefined => {
    const line = known.get(name);
    const present = there.get(name);
    return line && present && isSame(line.content, present) ? line : undefined;
  };

  const sendImage = async ({ name, sizeBytes, crc32c: checksum }: ObjectEntry): Promise<UploadedFile> => {
    const before = madeBefore(name);
    // A source in a bucket has its checksum in the listing: it need not be read.
    const source = checksum === undefined ? undefined : { sizeBytes, crc32c: checksum };
    if (before && source && isSame(before.source, source))
      return { done: "before", source, content: before.content, identifying: [] };
    const request = { root: dataset.root, name, out: out.address, key, there: there.get(name), madeOf: before?.source };
    return pool.call(request, { signal });
  };

  const sendTable = async ({ name }: ObjectEntry): Promise<UploadedFile> => {
    const bytes = (await files.get(name))?.bytes ?? Buffer.alloc(0);
    const source = { sizeBytes: bytes.length, crc32c: crc32c(bytes) };
    const done = (await out.putOnce(name, bytes)) === "created" ? "now" : "before";
    return { done, source, content: source, identifying: [] };
  };

  const send = async (entry: ObjectEntry, how: (entry: ObjectEntry) => Promise<UploadedFile>): Promise<void> => {
    try {
      const { done, source, content, identifying } = await how(entry);
      lines.push({ name: entry.name, content, source, keyFingerprint });
      outcome[done === "now" ? "uploaded" : "before"]++;
      if (done === "now") outcome.sentBytes += content.sizeBytes;
      for (const name of identifying) outcome.identifying[name] = (outcome.identifying[name] ?? 0) + 1;
    } catch (error) {
      if (signal.aborted) return;
      const isStoreFailing = error instanceof AppError && /^STORAGE_(?!CONFLICT|NAME)/.test(error.code);
      if (isStoreFailing) throw error;
      outcome.failures.push({ file: entry.name, reason: messageOf(error) });
    }
    doneFiles++;
    doneBytes += entry.sizeBytes;
    progress();
  };

  const timer = setInterval(() => void writeList().catch(() => {}), listEveryMs);
  try {
    progress();
    await Promise.all(plan.images.map((entry) => send(entry, sendImage)));
    if (!signal.aborted) await Promise.all(plan.tables.map((entry) => send(entry, sendTable)));
  } finally {
    clearInterval(timer);
    await writeList();
  }
  return { ...outcome, isInterrupted: signal.aborted, seconds: seconds() };
}

function isSame(a: Content, b: Content): boolean {
  return a.sizeBytes === b.sizeBytes && a.crc32c === b.crc32c;
}
