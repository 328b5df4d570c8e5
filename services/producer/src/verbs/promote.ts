import type { Command } from "commander";
import { promote, parseModelName } from "@mammoflow/serving";
import { loadSettings, whoAmI } from "@mammoflow/runtime";
import { openRunStore } from "../run-store.ts";
import { print, printJson } from "../terminal.ts";

interface PromoteOptions {
  why: string;
  out?: string;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .argument("<run/experiment>", "e.g. demo-20260101-120000/resnet18-sampler-head-s1")
    .requiredOption("--why <text>", "why this one; goes into the run's audit log with your name")
    .option("--out <folder|gs://...>", "the store of the run; unset: the queue knows it")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      '\nExample:\n  mammoflow promote demo-20260101-120000/resnet18-sampler-head-s1 --out runs --why "best AUC over five seeds"\n\n`predict`, `explain` and the server take it where no model is named. Research use only. Human review required.',
    )
    .action(promoteModel);
}

async function promoteModel(target: string, { why, out, json }: PromoteOptions): Promise<void> {
  const name = parseModelName(target);
  const store = await openRunStore(name.run, out ?? loadSettings().out);
  try {
    const promoted = await promote(store, { ...name, by: whoAmI(loadSettings()), why });
    if (json) printJson(promoted);
    else print(`${target} answers from now on where no model of ${store.address} is named (by ${promoted.by}).`);
  } finally {
    await store.close();
  }
}
