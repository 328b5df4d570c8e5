import type { Command } from "commander";
import { loadSettings } from "@mammoflow/runtime";
import { parseModelName } from "@mammoflow/serving";
import { wholeNumber } from "../options.ts";
import { openRunStore } from "../run-store.ts";
import { note } from "../terminal.ts";

interface ServeOptions {
  out?: string;
  host?: string;
  port?: number;
  keys?: string;
}

export function configure(command: Command): void {
  command
    .argument(
      "[run/experiment]",
      "e.g. demo-20260101-120000/resnet18-sampler-head-s1; without it the promoted model of --out",
    )
    .option("--out <folder|gs://...>", "the store of the runs; unset: the queue knows where a named model's run lies")
    .option("--port <n>", "0: any free one; unset: PORT, else 8080", wholeNumber(0))
    .option("--host <address>", "an address that other machines reach asks for keys (default: 127.0.0.1)")
    .option("--keys <file>", "the API keys that `mammoflow keys` makes")
    .addHelpText(
      "after",
      "\nExamples:\n  mammoflow serve --out runs\n  curl --data-binary @image.dicom -H 'Content-Type: application/dicom' http://127.0.0.1:8080/v1/predict\n\nStays until Ctrl-C. Nothing that is sent is kept. http://127.0.0.1:8080/docs is a page to try it.\nResearch use only. Human review required.",
    )
    .action(serveModel);
}

async function serveModel(target: string | undefined, { out, host, port, keys }: ServeOptions): Promise<void> {
  const flags = {
    ...(target !== undefined && { apiModel: target }),
    ...(out !== undefined && { out }),
    ...(host !== undefined && { apiHost: host }),
    ...(port !== undefined && { apiPort: port }),
    ...(keys !== undefined && { apiKeys: keys }),
  };
  const settings = loadSettings(flags);
  const { serve } = await import("@mammoflow/api/serve");
  note(await serve({ ...settings, out: settings.out ?? (await storeOfModel(settings.apiModel)) }));
}

/** Where the queue knows a model's run to lie. */
async function storeOfModel(model: string | undefined): Promise<string | undefined> {
  if (model === undefined) return undefined;
  const store = await openRunStore(parseModelName(model).run, undefined);
  try {
    return store.address;
  } finally {
    await store.close();
  }
}
