import { writeFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Command } from "commander";
import { readFindings, type Finding } from "@mammoflow/dataset";
import { drawStrip, inspectImage, type Inspection } from "@mammoflow/imaging";
import { AppError, loadSettings, messageOf, terminalVariables } from "@mammoflow/runtime";
import { addressWithin, openStore } from "@mammoflow/storage";
import { createFileReader } from "../file-reader.ts";
import { boxShown, boxesOf, type InspectedFile } from "../inspect/inspected-file.ts";
import { inspectionHtml } from "../inspect/inspection-html.ts";
import { inspectionText } from "../inspect/inspection-text.ts";
import { graphicsProtocol, graphicsSequence } from "../inspect/terminal-graphics.ts";
import { addRecipeOptions, recipeOf, type RecipeOptions } from "../recipe-options.ts";
import { note, print, printJson } from "../terminal.ts";

interface InspectOptions extends RecipeOptions {
  html?: string;
  png?: string;
  boxes?: string;
  json?: boolean;
}

/** The longer side of each picture. */
const previewPx = 480;

export function configure(command: Command): void {
  command
    .argument("<file>", "a DICOM file, as a path or as gs://bucket/name")
    .option("--html <file>", "write a page with every step")
    .option("--png <file>", "write the steps as one picture")
    .option("--boxes <file|folder>", "draw lesion boxes: finding_annotations.csv, or the data set that holds it")
    .option("--json", "print JSON");
  addRecipeOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow inspect image.dicom --recipe mammogram --html steps.html\n\nIn kitty, Ghostty, iTerm2 and WezTerm the pictures are shown at once.",
    )
    .action(inspect);
}

async function inspect(file: string, options: InspectOptions): Promise<void> {
  const bytes = await createFileReader().read(file);
  const recipe = await recipeOf(options);
  const inspection = await inspectImage(bytes, recipe, file, previewPx);
  const findings = options.boxes === undefined ? [] : await findingsIn(options.boxes, file, inspection);
  const inspected: InspectedFile = { file, recipe, inspection, findings };
  if (options.html !== undefined) await write(options.html, await inspectionHtml(inspected));
  if (options.png !== undefined) await write(options.png, await drawStrip(inspection.stages, boxesOf(inspected)));
  if (options.json) return printJson(inJson(inspected));
  const protocol = process.stdout.isTTY ? graphicsProtocol(terminalVariables()) : undefined;
  if (protocol)
    process.stdout.write(graphicsSequence(await drawStrip(inspection.stages, boxesOf(inspected)), protocol));
  print(inspectionText(inspected));
}

/** The findings of the image that the file is named after, as VinDr-Mammo names them. */
async function findingsIn(path: string, file: string, { header }: Inspection): Promise<Finding[]> {
  const isTable = /\.csv$/i.test(path);
  const table = isTable ? basename(path) : "finding_annotations.csv";
  const store = openStore(isTable ? dirname(path) : path, loadSettings().gcsEndpoint);
  const findings = await readFindings(store, table, true);
  await store.close();
  const imageId = basename(file).replace(/\.[^.]*$/, "");
  if (!findings?.has(imageId)) {
    note(`warning: ${addressWithin(store.address, table)} has no line for the image ${imageId}.`);
    return [];
  }
  return findings.of(imageId, { heightPx: header.rows, widthPx: header.columns });
}

function inJson(inspected: InspectedFile): object {
  const { file, recipe, inspection, findings } = inspected;
  const { stages, ...facts } = inspection;
  return {
    file,
    recipe,
    ...facts,
    stages: stages.map(({ preview: _, ...stage }) => stage),
    findings: findings.map((finding) => ({ ...finding, boxInOutput: boxShown(inspected, finding) ?? null })),
  };
}

async function write(file: string, content: string | Buffer): Promise<void> {
  await writeFile(file, content).catch((error: unknown) => {
    throw new AppError({
      code: "OUTPUT",
      message: `${file} cannot be written: ${messageOf(error)}. Choose another file.`,
      cause: error,
    });
  });
}
