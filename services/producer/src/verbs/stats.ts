import type { Command } from "commander";
import { describeDataset, formatStatistics, readDataset, statisticsHtml } from "@mammoflow/dataset";
import { addDatasetOptions, datasetAddress, datasetOptionsOf, type DatasetChoices } from "../dataset-options.ts";
import { note, print, printJson } from "../terminal.ts";
import { writeOutput } from "../write-output.ts";

export function configure(command: Command): void {
  command.option("--html <file>", "write a page with charts").option("--json", "print JSON");
  addDatasetOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  mammoflow stats vindr-mammo --html stats.html\n  mammoflow stats cases.csv --column path=file --column label=diagnosis --column patient=patient_id --positive malignant",
    )
    .action(stats);
}

async function stats(folder: string, options: DatasetChoices & { html?: string; json?: boolean }): Promise<void> {
  const dataset = await readDataset(datasetAddress(folder), await datasetOptionsOf(options));
  for (const warning of dataset.warnings) note(`warning: ${warning}`);
  const statistics = describeDataset(dataset);
  if (options.html !== undefined) await writeOutput(options.html, statisticsHtml(statistics));
  if (options.json) printJson(statistics);
  else print(formatStatistics(statistics));
}
