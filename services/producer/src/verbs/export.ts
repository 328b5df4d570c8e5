import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { decodeGreyPng } from "@mammoflow/imaging";
import {
  manifestLineSchema,
  objectNames,
  present,
  readJson,
  readLines,
  readRunConfig,
  type RunConfig,
} from "@mammoflow/jobs";
import {
  exportFormats,
  exportModel,
  isBackboneName,
  loadWeights,
  testFlipNames,
  trainedNetwork,
  type ExportFormat,
  type TrainedNetwork,
} from "@mammoflow/models";
import { AppError, loadSettings, messageOf } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { parseModelName } from "@mammoflow/serving";
import { openRunStore } from "../run-store.ts";
import { print, printJson } from "../terminal.ts";
import { version } from "../version.ts";

interface ExportOptions {
  format: ExportFormat;
  out: string;
  store?: string;
  json?: boolean;
}

/** How each format is loaded, for the last line. */
const loading: Record<ExportFormat, string> = {
  savedmodel: 'Python: tf.saved_model.load(FOLDER).signatures["serving_default"]; images uint8 [n, size, size]',
  tfjs: "browser: tf.loadGraphModel(URL of model.json); images int32 [n, size, size]",
  safetensors:
    "Python: model.load_state_dict(safetensors.torch.load_file(FILE)), of the same architecture with its outputs",
};

/** What the export needs to know of `model.json`; the rest is handed on as it is. */
const modelSchema = z.looseObject({
  backbone: z.string(),
  weights: z.looseObject({ sha256: z.string().optional() }).optional(),
  /** Absent in models of earlier versions, which looked at images as they are. */
  testFlips: z.enum(testFlipNames).default("none"),
});

export function configure(command: Command): void {
  command
    .argument("<run/experiment>", "e.g. demo-20260101-120000/resnet18-sampler-head-s1")
    .addOption(new Option("--format <name>", "what others shall load").choices(exportFormats).makeOptionMandatory())
    .requiredOption("--out <folder>", "where the files go")
    .option("--store <folder|gs://...>", "the run's store; unset: the queue knows it")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow export demo-20260101-120000/resnet18-sampler-head-s1 --format savedmodel --out served\n\nGraphs take grey images as the run's recipe prepares them, and give logits and the probability of being malignant.\nResearch use only. Human review required.",
    )
    .action(exportExperiment);
}

async function exportExperiment(target: string, { format, out, store: address, json }: ExportOptions): Promise<void> {
  const { run: runId, experiment } = parseModelName(target);
  const store = await openRunStore(runId, address);
  try {
    const { network, description, sizePx } = await readNetwork(store, runId, experiment);
    const metadata = { run: runId, experiment, backbone: network.backbone.name };
    const files = exportModel(network, format, {
      sizePx,
      flips: description.testFlips,
      generatedBy: `mammoflow ${version()}`,
      metadata,
    });
    files.set("mammoflow.json", Buffer.from(`${JSON.stringify({ ...description, run: runId, sizePx }, null, 1)}\n`));
    for (const [name, bytes] of files) await writeFileIn(out, name, bytes);
    const { outputs } = network;
    if (json) printJson({ out, format, files: [...files.keys()], sizePx, outputs });
    else
      print(
        `${out}: ${[...files.keys()].join(", ")} (${sizePx} x ${sizePx} px, ${outputs} output${outputs === 1 ? "" : "s"})\n${loading[format]}`,
      );
  } finally {
    await store.close();
  }
}

async function readNetwork(
  store: ObjectStore,
  runId: string,
  experiment: string,
): Promise<{ network: TrainedNetwork; description: z.infer<typeof modelSchema>; sizePx: number }> {
  const config = await readRunConfig(store, runId);
  const modelName = objectNames.experiment(runId, experiment, "model/model.json");
  const description = await readJson(store, modelName, modelSchema);
  if (description === undefined)
    throw new AppError({
      code: "EXPERIMENT_UNKNOWN",
      message: `${runId} holds no trained model ${experiment}: it has ${config.experiments.map(({ name }) => name).join(", ")}.`,
    });
  const { backbone, weights } = description;
  if (!isBackboneName(backbone))
    throw new AppError({
      code: "EXPORT_TREES",
      message: `${experiment} is made of trees over named image features: ${objectNames.experiment(runId, experiment, "model/")} holds all of it, plain JSON that needs no export.`,
    });
  const { stateDict, source } = await loadWeights(backbone, {
    cacheDir: loadSettings().cacheDir,
    from: config.weights === "pretrained" ? undefined : config.weights,
  });
  const found = source.kind === "random" ? `random-${source.seed}` : source.sha256;
  if (weights?.sha256 !== undefined && weights.sha256 !== found)
    throw new AppError({
      code: "EXPORT_WEIGHTS",
      message: `${experiment} was trained on weights of sha256 ${weights.sha256}, and those on this machine have ${found}: fetch the ones it was trained on.`,
    });
  const trained = await trainedFile(store, runId, experiment);
  const bytes = present(await store.get(trained), trained, runId).bytes;
  return {
    network: trainedNetwork(backbone, stateDict, bytes, trained),
    description,
    sizePx: await imageSizePx(store, config),
  };
}

async function trainedFile(store: ObjectStore, runId: string, experiment: string): Promise<string> {
  const folder = objectNames.experiment(runId, experiment, "model/");
  for await (const name of store.list(folder)) if (name.endsWith(".safetensors")) return name;
  return `${folder}model.safetensors`;
}

/** Of the images that the run prepared, all of one size. */
async function imageSizePx(store: ObjectStore, { runId }: RunConfig): Promise<number> {
  const manifestName = objectNames.manifest(runId);
  const manifest = present(await readLines(store, manifestName, manifestLineSchema), manifestName, runId);
  const { address } = present(manifest[0], "the first prepared image", runId);
  return (await decodeGreyPng(present(await store.get(address), address, runId).bytes, address)).sizePx;
}

async function writeFileIn(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const file = join(folder, name);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  } catch (cause) {
    throw new AppError({
      code: "OUTPUT",
      message: `${file} cannot be written: ${messageOf(cause)}. Choose another --out.`,
      cause,
    });
  }
}
