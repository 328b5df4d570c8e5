import { availableParallelism } from "node:os";
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { UsageError } from "@mammoflow/runtime";
import { type DeidentifyOutcome, deidentifyFiles, reportName } from "../deidentify-files.ts";
import { keyOf } from "../deidentify-key.ts";
import { dicomFiles } from "../dicom-files.ts";
import { wholeNumber } from "../options.ts";
import { createProgressLines, formatBar, note, print, printJson } from "../terminal.ts";

interface DeidentifyOptions {
  out: string;
  keyFile: string;
  decompress?: boolean;
  jobs: number;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .argument("<folder or files...>", "DICOM files, or folders of them")
    .requiredOption(
      "--out <folder>",
      "where the files go, named by their new UIDs, and the report; gs://bucket/prefix too",
    )
    .requiredOption("--key-file <file>", "the secret behind new names, UIDs and dates; made where it is absent")
    .option("--decompress", "write pixels uncompressed even where none had to change")
    .option("--jobs <n>", "processes at work at once", wholeNumber(1), availableParallelism())
    .option("--json", "print the report with the sources' names as JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow deidentify from-the-archive --out shared --key-file ~/secrets/study.key\n\nBy PS3.15's Basic Profile with shifted dates; text burnt in outside the breast is masked. Look at what comes out before you\nshare it: docs/deidentification.md says what no program can promise. Ends with 1 when a file failed; the others are written.",
    )
    .action(deidentify);
}

async function deidentify(inputs: string[], options: DeidentifyOptions): Promise<void> {
  requireApart(inputs, options);
  const { files, skipped } = await dicomFiles(inputs);
  const { key, isNew, isShared } = await keyOf(options.keyFile);
  if (isNew)
    note(
      `A new key is in ${options.keyFile}. Keep it, apart from the data: with it, later files of a patient fit in, and who has it and the originals can tell who is who.`,
    );
  if (isShared) note(`Others on this machine can read ${options.keyFile}: chmod 600 it.`);
  if (skipped > 0) note(`${skipped} files that are no DICOM images were left out.`);
  const lines = createProgressLines();
  const outcome = await deidentifyFiles({
    files,
    out: options.out,
    key,
    decompress: options.decompress === true,
    jobs: options.jobs,
    onFile: (done, total) => lines.show([`${formatBar(done / total, 0)} ${done}/${total} files`]),
  });
  lines.end();
  for (const { file, reason } of outcome.failures) note(`failed: ${file}: ${reason}`);
  if (outcome.failures.length > 0) process.exitCode = 1;
  if (options.json) printJson({ written: outcome.files.length, failed: outcome.failures.length, skipped, ...outcome });
  else print(summary(outcome, options.out));
}

/** A key among the data is no key, and outputs among the inputs would be de-identified again. */
function requireApart(inputs: string[], { out, keyFile }: DeidentifyOptions): void {
  if (out.includes("://")) return;
  if (isWithin(keyFile, out))
    throw new UsageError(`--key-file ${keyFile} lies in --out ${out}: keep the key apart from the data.`);
  const around = inputs.find((input) => isWithin(out, input));
  if (around !== undefined)
    throw new UsageError(`--out ${out} lies in ${around}, which is to be read: choose a folder beside it.`);
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(resolve(folder), resolve(path));
  return way === "" || !(way === ".." || way.startsWith("../"));
}

function summary({ files, failures }: DeidentifyOutcome, out: string): string {
  const count = (pixels: string): number => files.filter((file) => file.pixels === pixels).length;
  const attributes = (fate: "removed" | "emptied" | "replaced" | "moved"): number =>
    files.reduce((sum, file) => sum + Object.values(file.attributes[fate]).reduce((a, b) => a + b, 0), 0);
  const unmasked = count("not masked");
  return [
    `${files.length} files in ${out}${failures.length > 0 ? `, ${failures.length} failed` : ""}`,
    `Attributes  ${attributes("removed")} removed, ${attributes("emptied")} emptied, ${attributes("replaced")} replaced; ${attributes("moved")} dates moved`,
    `Pixels      ${count("masked")} masked outside the breast, ${unmasked} not${unmasked > 0 ? " (no mammogram, or one without an outside: look at them)" : ""}, ${count("none")} files without any`,
    `Report      ${out}/${reportName}`,
  ].join("\n");
}
