import type { Command } from "commander";
import { Argument } from "commander";
import { backboneNames, listWeights, pullWeights, type BackboneName } from "@mammoflow/models";
import { loadSettings } from "@mammoflow/runtime";
import { createProgressLines, formatBar, print, printJson } from "../terminal.ts";

export function configure(command: Command): void {
  command
    .command("list", { isDefault: true })
    .description("which pre-trained weights are on this machine")
    .option("--json", "print JSON")
    .action(list);
  command
    .command("pull")
    .description("fetch a backbone's published weights; a download that broke off goes on")
    .addArgument(new Argument("<backbone>", "whose weights").choices(backboneNames))
    .option("--json", "print JSON")
    .action(pull);
  command.addHelpText("after", "\nExample:\n  mammoflow weights pull resnet18");
}

async function list(options: { json?: boolean }): Promise<void> {
  const found = await listWeights(loadSettings().cacheDir);
  if (options.json) return printJson(found);
  for (const { backbone, state, title, licence, sizeMegabytes } of found)
    print(
      `${backbone.padEnd(20)} ${state.padEnd(8)} ${sizeMegabytes.toFixed(0).padStart(4)} MB  ${licence.padEnd(14)} ${title}${state === "ready" ? "" : `  -> mammoflow weights pull ${backbone}`}`,
    );
}

async function pull(backbone: BackboneName, options: { json?: boolean }): Promise<void> {
  const lines = createProgressLines();
  const pulled = await pullWeights(backbone, {
    cacheDir: loadSettings().cacheDir,
    onProgress: ({ receivedBytes, totalBytes }) =>
      lines.show([
        `${formatBar(totalBytes ? receivedBytes / totalBytes : 0, 0)} ${(receivedBytes / 1e6).toFixed(1)} MB`,
      ]),
  });
  lines.end();
  if (options.json) printJson(pulled);
  else print(`${pulled.file} ${pulled.isNew ? "fetched" : "was there"}, sha256 ${pulled.sha256}`);
}
