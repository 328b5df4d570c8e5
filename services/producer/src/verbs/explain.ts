import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { explanationMethods, explanationsVerdict, renderExplanations, type Explanations } from "@mammoflow/evaluation";
import { AppError, createProcessPool, loadSettings, messageOf, UsageError } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import type { ExplainAnswer, ExplainChildRequest } from "@mammoflow/train-worker/explain-child";
import { wholeNumber } from "../options.ts";
import { parseModelName } from "@mammoflow/serving";
import { openRunStore } from "../run-store.ts";
import { createProgressLines, formatBar, print, printJson } from "../terminal.ts";

interface ExplainOptions {
  outDir?: string;
  model?: string;
  images?: string[];
  worst: number;
  method: Explanations["method"];
  out: string;
  store?: string;
  json?: boolean;
}

/** Images that the scores are computed over: an occlusion map takes 225 passes through the network, Grad-CAM one. */
const efforts: Record<Explanations["method"], ExplainChildRequest["effort"]> = {
  "grad-cam": { images: 200, randomHeads: 3, removalImages: 30 },
  occlusion: { images: 8, randomHeads: 1, removalImages: 8 },
};
/** Pixels of a picture per pixel of its image. */
const scale = 2;

export function configure(command: Command): void {
  command
    .argument(
      "<run/experiment|file...>",
      "e.g. demo-20260101-120000/resnet18-sampler-head-s1; or, with --out-dir, new images",
    )
    .option("--out-dir <folder>", "explain new images: a picture and its regions for each go here")
    .option("--model <run/experiment>", "what explains new images; without it the promoted model (--store names where)")
    .option("--images <ids...>", "images by their ids, instead of the worst errors")
    .option("--worst <n>", "so many of the worst false negatives, and of the false positives", wholeNumber(1), 6)
    .addOption(
      new Option("--method <name>", "one pass an image, or 225 with a patch over it")
        .choices(explanationMethods)
        .default("grad-cam"),
    )
    .option("--out <folder>", "where index.html, explanations.json and the pictures go", "explanations")
    .option("--store <folder|gs://...>", "the run's store; unset: the queue knows it")
    .option("--json", "print explanations.json")
    .addHelpText(
      "after",
      "\nExamples:\n  mammoflow explain demo-20260101-120000/resnet18-sampler-head-s1\n  mammoflow explain demo-20260101-120000/resnet18-sampler-head-s1 --images 1a2b3c --method occlusion\n  mammoflow explain image.dicom --out-dir maps --store runs\n\nMaps of what speaks for malignancy, with the readers' lesion boxes, and how often such maps point at\nlesions beside what chance and untrained networks reach. Research use only. Human review required.",
    )
    .action(explain);
}

async function explain(targets: string[], options: ExplainOptions): Promise<void> {
  const { outDir, model, store, json } = options;
  if (outDir !== undefined) {
    const { explainFiles } = await import("../explain-files.ts");
    return explainFiles(targets, { outDir, model, out: store, json });
  }
  const [target = ""] = targets;
  if (targets.length > 1 || existsSync(target))
    throw new UsageError(`${targets.join(", ")}: to explain new images, say with --out-dir where the pictures go.`);
  await explainExperiment(target, options);
}

async function explainExperiment(target: string, options: ExplainOptions): Promise<void> {
  const { run: runId, experiment } = parseModelName(target);
  const store = await openRunStore(runId, options.store);
  const { explanations, pictures } = await explainIn(store, { runId, experiment, ...options });
  const { out } = options;
  for (const { name, png } of pictures) await writeIn(out, name, png);
  await writeIn(out, "explanations.json", `${JSON.stringify(explanations, null, 1)}\n`);
  const embedded = new Map(pictures.map(({ name, png }) => [name, Buffer.from(png).toString("base64")]));
  await writeIn(out, "index.html", renderExplanations(explanations, embedded));
  if (options.json) printJson(explanations);
  else
    print(
      `${explanationsVerdict(explanations)}\n${join(out, "index.html")}: ${explanations.images.length} images explained`,
    );
}

async function explainIn(
  store: ObjectStore,
  { runId, experiment, images, worst, method }: ExplainOptions & { runId: string; experiment: string },
): Promise<ExplainAnswer> {
  const settings = loadSettings();
  const pool = createProcessPool<ExplainChildRequest, ExplainAnswer>({
    module: new URL(import.meta.resolve("@mammoflow/train-worker/explain-child")),
    size: 1,
    deadlineMs: settings.experimentTimeoutMs,
    memoryMb: settings.trainMemoryMb,
    environment: { TF_CPP_MIN_LOG_LEVEL: "3" },
  });
  const lines = createProgressLines();
  try {
    const answer = await pool.call(
      {
        runId,
        experiment,
        method,
        scale,
        choice: images === undefined ? { worst } : { images },
        effort: efforts[method],
        storeAddress: store.address,
        gcsEndpoint: settings.gcsEndpoint,
        cacheDir: settings.cacheDir,
      },
      {
        onProgress: (body) => {
          const { done, total } = body as { done: number; total: number }; // what explain-child reports
          lines.show([`scoring maps  ${formatBar(done / total, 0)}  ${done} of ${total}`]);
        },
      },
    );
    lines.end();
    return answer;
  } finally {
    await pool.close();
    await store.close();
  }
}

async function writeIn(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, name), content);
  } catch (cause) {
    throw new AppError({
      code: "OUTPUT",
      message: `${join(folder, name)} cannot be written: ${messageOf(cause)}. Choose another --out.`,
      cause,
    });
  }
}
