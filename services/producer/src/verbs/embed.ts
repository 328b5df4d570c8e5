import { readFile, writeFile } from "node:fs/promises";
import type { Command } from "commander";
import { Option } from "commander";
import { backboneNames, createExtractor, loadWeights, writeSafetensors, type BackboneName } from "@mammoflow/models";
import { decodeGreyPng } from "@mammoflow/imaging";
import { AppError, loadSettings, messageOf } from "@mammoflow/runtime";
import { note, print, printJson } from "../terminal.ts";

interface EmbedOptions {
  backbone: BackboneName;
  weights: string;
  out: string;
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
    .requiredOption(
      "--out <file.safetensors>",
      "where the tensors `features` and, where the weights have a head, `logits` go",
    )
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mammoflow embed --backbone resnet18 --out features.safetensors png/*/*.png")
    .action(embed);
}

async function embed(images: string[], { backbone, weights, out, json }: EmbedOptions): Promise<void> {
  const { stateDict, source } = await loadWeights(backbone, {
    cacheDir: loadSettings().cacheDir,
    from: weights === "pretrained" ? undefined : weights,
  });
  if (source.kind === "random") note("These features come from RANDOM weights, as --weights none asks.");
  const decoded = await Promise.all(images.map(async (name) => decodeGreyPng(await readImage(name), name)));
  const sizePx = decoded[0]?.sizePx ?? 0;
  const other = decoded.findIndex((image) => image.sizePx !== sizePx);
  if (other >= 0)
    throw new AppError({
      code: "IMAGE_SIZE",
      message: `${images[other]} is ${decoded[other]?.sizePx} px wide, ${images[0]} is ${sizePx}: give images of one size (\`mammoflow preprocess --size\`).`,
    });

  const extractor = await createExtractor({ backbone, stateDict, sizePx, flips: false });
  try {
    const features: Float32Array[] = [];
    const logits: Float32Array[] = [];
    for (let start = 0; start < decoded.length; start += batchSize) {
      const batch = decoded.slice(start, start + batchSize);
      const bytes = new Uint8Array(batch.length * sizePx * sizePx);
      batch.forEach(({ pixels }, index) => bytes.set(pixels, index * sizePx * sizePx));
      const outputs = await extractor.run(bytes);
      features.push(outputs.features);
      if (outputs.logits) logits.push(outputs.logits);
    }
    const tensors = new Map([["features", matrix(features, images.length)]]);
    if (logits.length > 0) tensors.set("logits", matrix(logits, images.length));
    const metadata = {
      backbone,
      weights: source.kind === "random" ? "random" : source.sha256,
      images: JSON.stringify(images),
    };
    await writeFile(out, writeSafetensors(tensors, metadata)).catch((error: unknown) => {
      throw new AppError({
        code: "OUTPUT",
        message: `${out} cannot be written: ${messageOf(error)}. Choose another --out.`,
        cause: error,
      });
    });
    const shapes = Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
    if (json) printJson({ out, backbone, weights: source, shapes });
    else
      print(
        `${out}: ${Object.entries(shapes)
          .map(([name, shape]) => `${name} [${shape.join(", ")}]`)
          .join(", ")}`,
      );
  } finally {
    await extractor.close();
  }
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

async function readImage(name: string): Promise<Buffer> {
  return readFile(name).catch((error: unknown) => {
    throw new AppError({
      code: "INPUT_MISSING",
      message: `${name} cannot be read: ${messageOf(error)}. Check the path.`,
      cause: error,
    });
  });
}
