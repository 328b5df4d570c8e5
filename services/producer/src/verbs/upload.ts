import { availableParallelism } from "node:os";
import { InvalidArgumentError, type Command } from "commander";
import { type Dataset, readDataset } from "@mammoflow/dataset";
import { loadSettings, UsageError, whoAmI } from "@mammoflow/runtime";
import { isBucketAddress, openStore } from "@mammoflow/storage";
import { addDatasetOptions, datasetAddress, type DatasetChoices, datasetOptionsOf } from "../dataset-options.ts";
import { keyOf } from "../deidentify-key.ts";
import { wholeNumber } from "../options.ts";
import { planUpload } from "../plan-upload.ts";
import { createProgressLines, formatBar, formatSeconds, note, print, printJson } from "../terminal.ts";
import { uploadDataset, type UploadOutcome, type UploadProgress } from "../upload-dataset.ts";
import { uploadFolder } from "../uploaded-files.ts";

interface UploadVerbOptions extends DatasetChoices {
  keyFile?: string;
  keepHeaders?: boolean;
  reason?: string;
  jobs: number;
  dryRun?: boolean;
  json?: boolean;
}

export function configure(command: Command): void {
  addDatasetOptions(command)
    .argument("<gs://bucket/prefix>", "where it goes", bucketAddress)
    .option("--key-file <file>", "the secret behind new names, UIDs and dates; made where it is absent")
    .option("--keep-headers", "upload files as they are, with what they say of their patients; recorded with your name")
    .option("--reason <text>", "why headers are kept, for the record")
    .option(
      "--jobs <n>",
      "processes at work at once, each with one connection",
      wholeNumber(1),
      Math.max(4, 2 * availableParallelism()),
    )
    .option("--dry-run", "say what would be uploaded")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  mammoflow upload vindr-mammo gs://bucket/vindr-mammo --key-file ~/secrets/study.key
  mammoflow submit gs://bucket/vindr-mammo --out gs://bucket/runs

Headers are de-identified and text outside the breast is masked, as by \`mammoflow deidentify\`; names of files and tables go as
they are. What is there with the same checksum is passed over, so the same command goes on after a stop. docs/storage.md tells
about accounts and cost. Ends with 1 when a file failed, with 130 when it was stopped; the others are there.`,
    )
    .action(upload);
}

async function upload(given: string, out: string, options: UploadVerbOptions): Promise<void> {
  requireOneWay(options);
  const dataset = await readDataset(datasetAddress(given), await datasetOptionsOf(options));
  if (out === dataset.root || out.startsWith(`${dataset.root}/`) || dataset.root.startsWith(`${out}/`))
    throw new UsageError(`${out} and ${dataset.root} lie within each other: choose a prefix beside it.`);
  for (const warning of dataset.warnings) note(`warning: ${warning}`);
  if (options.dryRun) return showPlan(dataset, out, options);
  const key = await readKey(options);
  const stop = new AbortController();
  const onSignal = (): void => {
    // The second one does not wait for the list to be written.
    if (stop.signal.aborted) process.exit(130);
    stop.abort(new Error("stopped"));
    note("Stopping. Once more to stop at once.");
  };
  for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, onSignal);
  const lines = createProgressLines();
  const settings = loadSettings();
  const outcome = await uploadDataset({
    dataset,
    out,
    key,
    reason: options.reason,
    who: whoAmI(settings),
    jobs: options.jobs,
    settings,
    signal: stop.signal,
    onProgress: (progress) => lines.show([progressLine(progress)]),
  }).finally(() => {
    lines.end();
    for (const name of ["SIGINT", "SIGTERM"] as const) process.off(name, onSignal);
  });
  for (const { file, reason } of outcome.failures) note(`failed: ${file}: ${reason}`);
  if (options.json) printJson({ out, ...outcome, megabytesPerSecond: megabytesPerSecond(outcome) });
  else print(summary(outcome, out));
  if (outcome.isInterrupted) process.exitCode = 130;
  else if (outcome.failures.length > 0) process.exitCode = 1;
}

/** @throws UsageError unless it is clear whether headers go */
function requireOneWay({ keyFile, keepHeaders, reason, dryRun }: UploadVerbOptions): void {
  if (keepHeaders && keyFile !== undefined)
    throw new UsageError(
      "--keep-headers and --key-file exclude each other: headers are kept, or made anew with the key.",
    );
  if (!keepHeaders && reason !== undefined) throw new UsageError("--reason goes with --keep-headers: leave it out.");
  if (!keepHeaders && keyFile === undefined && !dryRun)
    throw new UsageError(
      "Name with --key-file the secret behind new names, UIDs and dates (it is made where it is absent), or upload files as they are with --keep-headers.",
    );
}

async function readKey({ keyFile }: UploadVerbOptions): Promise<Buffer | undefined> {
  if (keyFile === undefined) {
    note("Headers are kept: what they say of patients goes too, and this is recorded.");
    return undefined;
  }
  const { key, isNew, isShared } = await keyOf(keyFile);
  if (isNew)
    note(
      `A new key is in ${keyFile}. Keep it, apart from the data: with it, later files of a patient fit in, and who has it and the originals can tell who is who.`,
    );
  if (isShared) note(`Others on this machine can read ${keyFile}: chmod 600 it.`);
  return key;
}

async function showPlan(dataset: Dataset, out: string, options: UploadVerbOptions): Promise<void> {
  const { gcsEndpoint } = loadSettings();
  const [files, target] = [openStore(dataset.root, gcsEndpoint), openStore(out, gcsEndpoint)];
  const { images, tables, missing, others } = await planUpload(files, dataset);
  const there = new Set<string>();
  for await (const name of target.list("")) there.add(name);
  await Promise.all([files.close(), target.close()]);
  const bytes = [...images, ...tables].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const before = [...images, ...tables].filter(({ name }) => there.has(name)).length;
  const plan = { images: images.length, tables: tables.map(({ name }) => name), bytes, before, missing, others };
  if (options.json) return printJson({ dryRun: true, out, keepHeaders: options.keepHeaders === true, ...plan });
  print(
    `${images.length} images and ${tables.length} tables, ${formatBytes(bytes)}, would go to ${out}, ${options.keepHeaders ? "with their headers" : "de-identified"}. Of their names ${before} are there already; ${missing.length} listed images are absent, ${others} other files would stay. Nothing was written.`,
  );
}

function progressLine({ files, allFiles, bytes, allBytes, seconds }: UploadProgress): string {
  const share = allBytes === 0 ? 1 : bytes / allBytes;
  const left = bytes > 0 && share < 1 ? `, ${formatSeconds((seconds / bytes) * (allBytes - bytes))} left` : "";
  const speed = seconds > 0 ? `, ${(bytes / 1e6 / seconds).toFixed(0)} MB/s` : "";
  return `${formatBar(share, 0)} ${files}/${allFiles} files, ${formatBytes(bytes)} of ${formatBytes(allBytes)}${speed}${left}`;
}

function summary(outcome: UploadOutcome, out: string): string {
  const { uploaded, before, failures, others, sentBytes, seconds, isInterrupted, identifying } = outcome;
  const kept = Object.keys(identifying).length;
  return [
    `${uploaded} files sent to ${out}, ${formatBytes(sentBytes)} in ${formatSeconds(seconds)} (${megabytesPerSecond(outcome)} MB/s); ${before} were there`,
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(isInterrupted ? ["It was stopped: the same command goes on."] : []),
    ...(kept > 0 ? [`Headers     ${kept} kinds of attributes that tell about patients went along`] : []),
    ...(others > 0 ? [`Not sent    ${others} files that the data set does not list`] : []),
    `Record      ${out}/${uploadFolder}`,
  ].join("\n");
}

function megabytesPerSecond({ sentBytes, seconds }: UploadOutcome): number {
  return Math.round(sentBytes / 1e6 / Math.max(seconds, 0.001));
}

function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function bucketAddress(text: string): string {
  if (isBucketAddress(text)) return text.replace(/\/+$/, "");
  throw new InvalidArgumentError("Give gs://bucket/prefix; `mammoflow deidentify` writes into folders.");
}
