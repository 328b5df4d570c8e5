import { availableParallelism } from "node:os";
import type { Command } from "commander";
import { formatValidation, validateDataset, validationHtml, type ValidationReport } from "@mammoflow/dataset";
import { loadSettings } from "@mammoflow/runtime";
import { addDatasetOptions, datasetAddress, datasetOptionsOf, type DatasetChoices } from "../dataset-options.ts";
import { createFilesInspector } from "../inspect-files.ts";
import { wholeNumber } from "../options.ts";
import { createProgressLines, formatBar, print, printJson } from "../terminal.ts";
import { writeOutput } from "../write-output.ts";

interface ValidateOptions extends DatasetChoices {
  pixels?: boolean;
  jobs: number;
  html?: string;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .option("--pixels", "decode the pixels too (slower: finds blank images, burnt-in text, what cannot be decoded)")
    .option("--jobs <n>", "processes at work at once", wholeNumber(1), availableParallelism())
    .option("--html <file>", "write a page")
    .option("--json", "print JSON");
  addDatasetOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow validate vindr-mammo --pixels --html validation.html\n\nEnds with 1 when there is an error; warnings alone end with 0.",
    )
    .action(validate);
}

async function validate(folder: string, options: ValidateOptions): Promise<void> {
  const report = await inspectAll(datasetAddress(folder), options);
  if (options.html !== undefined) await writeOutput(options.html, validationHtml(report));
  if (options.json) printJson(report);
  else print(formatValidation(report));
  if (report.errors.length > 0) process.exitCode = 1;
}

const stages = {
  header: "headers",
  pixels: "headers and pixels",
  blocks: "parts of equal files",
  whole: "equal files",
};

async function inspectAll(root: string, options: ValidateOptions): Promise<ValidationReport> {
  const { imageTimeoutMs: deadlineMs, childMemoryMb: memoryMb } = loadSettings();
  const inspector = createFilesInspector({ jobs: options.jobs, deadlineMs, memoryMb });
  // The processes may be deep in a file and would outlive this one.
  const stop = (): void => void inspector.close().finally(() => process.exit(130));
  process.once("SIGINT", stop);
  const lines = createProgressLines();
  try {
    return await validateDataset(root, await datasetOptionsOf(options), {
      pixels: options.pixels === true,
      inspect: inspector.inspect,
      onProgress: (look, done, files) =>
        lines.show([
          `${stages[look].padEnd(20)} ${formatBar(files === 0 ? 1 : done / files, 0)} ${done}/${files} files`,
        ]),
    });
  } finally {
    lines.end();
    process.off("SIGINT", stop);
    await inspector.close();
  }
}
