import type { Command } from "commander";
import { writePhantomDataset } from "@mammoflow/dataset";
import { positiveNumber, wholeNumber } from "../options.ts";
import { createProgressLines, formatBar, print, printJson } from "../terminal.ts";

interface PhantomVerbOptions {
  out: string;
  studies: number;
  scale: number;
  seed: number;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .requiredOption("--out <folder>", "where the data set goes")
    .option("--studies <n>", "studies of four views; 8 or more", wholeNumber(1), 40)
    .option("--scale <factor>", "1 is full size (3518x2800 and 2812x2012)", positiveNumber, 0.3)
    .option("--seed <n>", "the same seed makes the same bytes", wholeNumber(0), 1)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mammoflow phantom --out phantoms --studies 100")
    .action(phantom);
}

async function phantom({ json, ...options }: PhantomVerbOptions): Promise<void> {
  const summary = await makePhantom(options);
  if (json) printJson(summary);
  else
    print(
      `${options.studies} phantom studies are in ${options.out}; \`mammoflow stats ${options.out}\` describes them.`,
    );
}

/** Makes the data set and shows how far it is. */
export async function makePhantom(options: Omit<PhantomVerbOptions, "json">): Promise<unknown> {
  const lines = createProgressLines();
  let done = 0;
  const summary = await writePhantomDataset({
    ...options,
    onStudy: () => {
      done++;
      lines.show([
        `${"make phantoms".padEnd(18)} ${formatBar(done / options.studies, 0)} ${done}/${options.studies} studies`,
      ]);
    },
  });
  lines.end();
  return summary;
}
