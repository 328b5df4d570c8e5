import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { Option } from "commander";
import {
  backboneNames,
  backbones,
  createExtractor,
  loadWeights,
  writeSafetensors,
  type BackboneName,
  type Precision,
  type StateDict,
  type Tensor,
} from "@mammoflow/models";
import { decodeGreyPng } from "@mammoflow/imaging";
import { AppError, loadSettings, messageOf, UsageError } from "@mammoflow/runtime";
import { summariseActivations, type StageSummary } from "../summarise-activations.ts";
import { note, print, printJson } from "../terminal.ts";

interface EmbedOptions {
  backbone: BackboneName;
  weights: string;
  precision: Precision;
  stages?: boolean;
  out?: string;
  json?: boolean;
}

const batchSize = 16;

export function configure(command: Command): void {
  command
    .argument("<image...>", "square grey PNGs of one size, e.g. from `mammoflow preprocess`")
    .addOption(new Option("--backbone <name>", "the network").choices(backboneNames).makeOptionMandatory())
    .option(
      "--weights <pretrained|none|file>",
      "pre-trained weights, random ones, or a .safetensors, .pth or .pt file",
      "pretrained",
    )
    .addOption(
      new Option("--precision <type>", "of the network's numbers; bfloat16 is faster on recent processors")
        .choices(["float32", "bfloat16"])
        .default("float32"),
    )
    .option("--stages", "show the activations of every stage of the network for each image")
    .option("--out <file.safetensors>", "where the tensors `features` and, where the weights have a head, `logits` go")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow embed --backbone resnet18 --out features.safetensors png/*/*.png\n" +
        "  mammoflow embed --backbone vgg16 --weights vgg16.pth --stages png/a.png",
    )
    .action(embed);
}

async function embed(images: string[], options: EmbedOptions): Promise<void> {
  const { backbone, weights, precision, out, json } = options;
  if (out === undefined && !options.stages)
    throw new UsageError("Say where the features go with --out FILE, or ask for --stages.");
  const { stateDict, source } = await loadWeights(backbone, {
    cacheDir: loadSettings().cacheDir,
    from: weights === "pretrained" ? undefined : weights,
  });
  if (source.kind === "random") note("These features come from RANDOM weights, as --weights none asks.");
  const { pixels, sizePx } = await readImages(images);
  const { tensors, stages } = await run(pixels, sizePx, stateDict, options);
  if (out !== undefined)
    await save(out, tensors, {
      backbone,
      weights: source.kind === "random" ? "random" : source.sha256,
      precision,
      images: JSON.stringify(images),
    });
  const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  if (json)
    return printJson({
      out,
      backbone,
      precision,
      weights: source,
      shapes,
      ...(options.stages && { stages: images.map((image, index) => ({ image, stages: stages[index] })) }),
    });
  for (const [index, image] of images.entries()) if (options.stages) printStages(image, stages[index] ?? []);
  if (out !== undefined)
    print(
      `${out}: ${Object.entries(shapes)
        .map(([name, shape]) => `${name} [${shape.join(", ")}]`)
        .join(", ")}`,
    );
}

/** What the network says, batch by batch, and each image's stages where they are asked for: those are taken one by one, being large. */
async function run(
  pixels: Uint8Array[],
  sizePx: number,
  stateDict: StateDict,
  { backbone, precision, stages: wantsStages = false }: EmbedOptions,
): Promise<{ tensors: StateDict; stages: StageSummary[][] }> {
  const { architecture } = backbones[backbone];
  const rows = stateDict.has(`${architecture.logitsLayer}.weight`) ? ["features", "logits"] : ["features"];
  const outputs = [...(wantsStages ? architecture.stages : []), ...rows];
  const extractor = await createExtractor({ backbone, stateDict, sizePx, precision, flips: false, outputs });
  const batches: [name: string, Tensor][][] = [];
  const stages: StageSummary[][] = [];
  try {
    const count = wantsStages ? 1 : batchSize;
    for (let start = 0; start < pixels.length; start += count) {
      const said = Object.entries(await extractor.extract(Buffer.concat(pixels.slice(start, start + count))));
      // Without the axis of the flips, of which there are none.
      const batch = said.map(
        ([
          name,
          {
            shape: [images = 0, , ...shape],
            data,
          },
        ]): [string, Tensor] => [name, { shape: [images, ...shape], data }],
      );
      if (wantsStages) stages.push(summariseActivations(new Map(batch)));
      batches.push(batch.filter(([name]) => rows.includes(name)));
    }
  } finally {
    await extractor.close();
  }
  const tensors = rows.map((name): [string, Tensor] => {
    const parts = batches.flatMap((batch) => batch.filter(([other]) => other === name).map(([, { data }]) => data));
    return [name, matrix(parts, pixels.length)];
  });
  return { tensors: new Map(tensors), stages };
}

function printStages(image: string, stages: StageSummary[]): void {
  print(image);
  for (const { name, shape, mean, norm, first } of stages)
    print(
      `  ${name.padEnd(24)} ${`[${shape.join(", ")}]`.padEnd(18)} mean ${mean.toPrecision(6).padStart(12)}  norm ${norm.toPrecision(6).padStart(12)}  begins ${first.map((value) => value.toPrecision(4)).join(" ")}`,
    );
}

async function readImages(images: string[]): Promise<{ pixels: Uint8Array[]; sizePx: number }> {
  const decoded = await Promise.all(images.map(async (name) => decodeGreyPng(await readImage(name), name)));
  const sizePx = decoded[0]?.sizePx ?? 0;
  const other = decoded.findIndex((image) => image.sizePx !== sizePx);
  if (other >= 0)
    throw new AppError({
      code: "IMAGE_SIZE",
      message: `${images[other]} is ${decoded[other]?.sizePx} px wide, ${images[0]} is ${sizePx}: give images of one size (\`mammoflow preprocess --size\`).`,
    });
  return { pixels: decoded.map(({ pixels }) => pixels), sizePx };
}

function matrix(parts: Float32Array[], rows: number): { shape: number[]; data: Float32Array } {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const data = new Float32Array(length);
  let offset = 0;
  for (const part of parts) {
    data.set(part, offset);
    offset += part.length;
  }
  return { shape: [rows, length / rows], data };
}

async function save(out: string, tensors: StateDict, metadata: Record<string, string>): Promise<void> {
  await writeFile(out, writeSafetensors(tensors, metadata)).catch((error: unknown) => {
    throw new AppError({
      code: "OUTPUT",
      message: `${out} cannot be written: ${messageOf(error)}. Choose another --out.`,
      cause: error,
    });
  });
}

async function readImage(name: string): Promise<Buffer> {
  return readFile(name).catch((error: unknown) => {
    throw new AppError({
      code: "INPUT_MISSING",
      message: `${name} cannot be read: ${messageOf(error)}. Check the path.`,
      cause: error,
    });
  });
}
