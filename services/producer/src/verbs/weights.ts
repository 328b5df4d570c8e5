import type { Command } from "commander";
import { Argument } from "commander";
import {
  backboneNames,
  importWeights,
  listWeights,
  pullWeights,
  verifyWeights,
  type BackboneName,
} from "@mammoflow/models";
import { loadSettings } from "@mammoflow/runtime";
import { createProgressLines, formatBar, print, printJson } from "../terminal.ts";

export function configure(command: Command): void {
  const backbone = () => new Argument("<backbone>", "whose weights").choices(backboneNames);
  command
    .command("list", { isDefault: true })
    .description("which pre-trained weights are on this machine")
    .option("--json", "print JSON")
    .action(list);
  command
    .command("pull")
    .description("fetch a backbone's published weights; a download that broke off goes on")
    .addArgument(backbone())
    .option(
      "--from <folder|url>",
      "a mirror: a copy of another machine's weights folder (`weights list` shows the names)",
    )
    .option("--json", "print JSON")
    .action(pull);
  command
    .command("import")
    .description("take a local file in as a backbone's weights, once every tensor of it fits")
    .addArgument(backbone())
    .argument("<file>", "a .safetensors, .pth or .pt file")
    .option("--json", "print JSON")
    .action(importFile);
  command
    .command("verify")
    .description("read the weights on this machine as a run would: sha256, format, every tensor's shape")
    .addArgument(new Argument("[backbone]", "whose weights (default: all)").choices(backboneNames))
    .option("--json", "print JSON")
    .action(verify);
  command.addHelpText(
    "after",
    "\nExample:\n  mammoflow weights pull resnet18\n  mammoflow weights pull resnet18 --from /media/stick/weights\n" +
      "  mammoflow weights import radimagenet-resnet50 ResNet50.pt\n\n`verify` ends with 1 when weights are not what they should be.",
  );
}

async function list(options: { json?: boolean }): Promise<void> {
  const found = await listWeights(loadSettings().cacheDir);
  if (options.json) return printJson(found);
  for (const { backbone, state, title, licence, sizeMegabytes } of found)
    print(
      `${backbone.padEnd(20)} ${state.padEnd(8)} ${sizeMegabytes.toFixed(0).padStart(4)} MB  ${licence.padEnd(14)} ${title}${state === "ready" || state === "imported" ? "" : `  -> mammoflow weights pull ${backbone}`}`,
    );
}

async function importFile(backbone: BackboneName, file: string, options: { json?: boolean }): Promise<void> {
  const outcome = await importWeights(backbone, file, loadSettings().cacheDir);
  if (options.json) return printJson(outcome);
  const { isPublished, hasClassifier, tensors, sha256 } = outcome;
  print(`${outcome.file}: ${tensors} tensors${hasClassifier ? "" : " without a classifier"}, sha256 ${sha256}`);
  print(
    isPublished
      ? "These are the published weights."
      : `No publisher states this sha256: it is recorded, and ${backbone} uses this file from now on.`,
  );
}

async function verify(backbone: BackboneName | undefined, options: { json?: boolean }): Promise<void> {
  const { cacheDir } = loadSettings();
  const found = [];
  for (const name of backbone === undefined ? backboneNames : [backbone])
    found.push(await verifyWeights(name, cacheDir));
  if (found.some(({ state }) => state === "wrong" || (state === "missing" && backbone !== undefined)))
    process.exitCode = 1;
  if (options.json) return printJson(found);
  for (const weights of found)
    print(
      `${weights.backbone.padEnd(20)} ${weights.state.padEnd(8)} ${
        weights.state === "right"
          ? `${weights.fileName}, ${weights.tensors} tensors with ${weights.numbers} numbers`
          : weights.reason
      }`,
    );
}

async function pull(backbone: BackboneName, options: { from?: string; json?: boolean }): Promise<void> {
  const lines = createProgressLines();
  const pulled = await pullWeights(backbone, {
    cacheDir: loadSettings().cacheDir,
    from: options.from,
    onProgress: ({ receivedBytes, totalBytes }) =>
      lines.show([
        `${formatBar(totalBytes ? receivedBytes / totalBytes : 0, 0)} ${(receivedBytes / 1e6).toFixed(1)} MB`,
      ]),
  });
  lines.end();
  if (options.json) printJson(pulled);
  else print(`${pulled.file} ${pulled.isNew ? "fetched" : "was there"}, sha256 ${pulled.sha256}`);
}
