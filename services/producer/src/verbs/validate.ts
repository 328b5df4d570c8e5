import { resolve } from "node:path";
import type { Command } from "commander";
import { formatValidation, validateDataset } from "@mammoflow/dataset";
import { addLabelOptions, labelRuleOf, type LabelOptions } from "../options.ts";
import { createProgressLines, print, printJson } from "../terminal.ts";

export function configure(command: Command): void {
  command
    .argument("<data set>", "folder in VinDr-Mammo's layout")
    .option("--pixels", "decode the pixels too (slower: finds truncated and blank images)")
    .option("--json", "print JSON");
  addLabelOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow validate vindr-mammo --pixels\n\nEnds with 1 when there is an error; warnings alone end with 0.",
    )
    .action(validate);
}

async function validate(folder: string, options: LabelOptions & { pixels?: boolean; json?: boolean }): Promise<void> {
  const lines = createProgressLines();
  const report = await validateDataset(resolve(folder), labelRuleOf(options), {
    pixels: options.pixels === true,
    onProgress: (done: number, total: number) => lines.show([`${done}/${total} images`]),
  });
  lines.end();
  if (options.json) printJson(report);
  else print(formatValidation(report));
  if (report.errors.length > 0) process.exitCode = 1;
}
