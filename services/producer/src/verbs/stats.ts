import { resolve } from "node:path";
import { writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { describeDataset, formatStatistics, readDataset, statisticsHtml } from "@mammoflow/dataset";
import { AppError, messageOf } from "@mammoflow/runtime";
import { addLabelOptions, labelRuleOf, type LabelOptions } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

export function configure(command: Command): void {
  command
    .argument("<data set>", "folder in VinDr-Mammo's layout")
    .option("--html <file>", "write a page with charts")
    .option("--json", "print JSON");
  addLabelOptions(command)
    .addHelpText("after", "\nExample:\n  mammoflow stats vindr-mammo --html stats.html")
    .action(stats);
}

async function stats(folder: string, options: LabelOptions & { html?: string; json?: boolean }): Promise<void> {
  const dataset = await readDataset(resolve(folder), labelRuleOf(options));
  for (const warning of dataset.warnings) note(`warning: ${warning}`);
  const statistics = describeDataset(dataset);
  if (options.html !== undefined)
    await writeFile(options.html, statisticsHtml(statistics)).catch((error: unknown) => {
      throw new AppError({
        code: "OUTPUT",
        message: `${options.html} cannot be written: ${messageOf(error)}. Choose another file.`,
        cause: error,
      });
    });
  if (options.json) printJson(statistics);
  else print(formatStatistics(statistics));
}
