import { readFile } from "node:fs/promises";
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  atSize,
  parseRecipe,
  recipeName,
  recipePresets,
  recipeSchema,
  referenceHistogram,
  type Recipe,
  type RecipeStep,
} from "@mammoflow/imaging";
import { UsageError, messageOf } from "@mammoflow/runtime";
import { positiveNumber, wholeNumber } from "./options.ts";
import { protocols } from "./protocols.ts";

export interface RecipeOptions {
  recipe?: string;
  size?: number | "full";
  scale?: Recipe["steps"][0]["from"];
  bits?: 8 | 16;
  crop?: "otsu" | "breast" | "none";
  clahe: boolean;
  claheClip?: number;
  claheTiles?: number;
  matchTo?: string;
}

/** What `submit` prepares images by where nothing says otherwise. */
const { recipe: usual, sizePx: usualSizes } = protocols.recommended;

/** Which steps are done to each image; shared by every verb that prepares images. */
export function addRecipeOptions(command: Command, byDefault = `${recipeName(usual)}, ${usualSizes.head} px`): Command {
  return command
    .option(
      "--recipe <name|file.yaml>",
      `steps from file to PNG: a preset (${Object.keys(recipePresets).join(", ")}) or a file (default: ${byDefault})`,
    )
    .addOption(new Option("--size <px|full>", "side of the output, or no resize at all").argParser(parseSize))
    .addOption(
      new Option("--scale <range>", "where grey levels come from").choices(["minmax", "window", "voi", "percentiles"]),
    )
    .addOption(new Option("--bits <n>", "of the output's grey levels: 8 or 16").argParser(parseBits))
    .addOption(new Option("--crop <method>", "how to cut to the breast, or none").choices(["otsu", "breast", "none"]))
    .option("--clahe-clip <limit>", "contrast limit of CLAHE", positiveNumber)
    .option("--clahe-tiles <n>", "tiles of CLAHE along each side", wholeNumber(1))
    .option("--no-clahe", "leave CLAHE out")
    .option("--match-to <image>", "match histograms to this image, before CLAHE or last");
}

/** The recipe that the options ask for, from the one that they name or another. */
export async function recipeOf(
  options: RecipeOptions,
  otherwise: Recipe = atSize(usual, usualSizes.head),
): Promise<Recipe> {
  const start = options.recipe === undefined ? otherwise : await namedRecipe(options.recipe);
  requireSteps(start, options);
  const [scale, ...later] = start.steps;
  const first = {
    ...scale,
    from: options.scale ?? scale.from,
    ...(options.bits !== undefined && { bits: options.bits }),
  };
  const recipe = recipeSchema.parse({ ...start, steps: [first, ...later.flatMap((step) => edited(step, options))] });
  return options.matchTo === undefined ? recipe : withReference(recipe, options.matchTo);
}

function edited(step: RecipeStep, options: RecipeOptions): RecipeStep[] {
  switch (step.step) {
    case "crop":
      return options.crop === "none" ? [] : [{ ...step, method: options.crop ?? step.method }];
    case "resize":
      if (options.size === "full") return [];
      return [{ ...step, widthPx: options.size ?? step.widthPx, heightPx: options.size ?? step.heightPx }];
    case "clahe": {
      const { clipLimit, tilesX, tilesY } = step;
      const [clip = clipLimit, tiles] = [options.claheClip, options.claheTiles];
      return options.clahe ? [{ ...step, clipLimit: clip, tilesX: tiles ?? tilesX, tilesY: tiles ?? tilesY }] : [];
    }
    case "scale":
    case "orient":
    case "mask":
    case "match":
      return [step];
  }
}

/** @throws UsageError for an option about a step that the recipe does not have: it would change nothing */
function requireSteps(start: Recipe, { recipe, size, crop, claheClip, claheTiles }: RecipeOptions): void {
  const needs: [string, string | number | undefined, RecipeStep["step"]][] = [
    ["--size", size === "full" ? undefined : size, "resize"],
    ["--crop", crop === "none" ? undefined : crop, "crop"],
    ["--clahe-clip", claheClip, "clahe"],
    ["--clahe-tiles", claheTiles, "clahe"],
  ];
  for (const [option, value, name] of needs)
    if (value !== undefined && !start.steps.some(({ step }) => step === name))
      throw new UsageError(
        `${option} ${value}: the recipe ${recipe ?? recipeName(start)} has no ${name} step; leave the option out, or write the step into a recipe file.`,
      );
}

/** With a `match` step, where the recipe has one or else before CLAHE, that carries the image's histogram at that point. */
async function withReference(recipe: Recipe, path: string): Promise<Recipe> {
  const [scale, ...later] = recipe.steps;
  const found = [later.findIndex(({ step }) => step === "match"), later.findIndex(({ step }) => step === "clahe")];
  const place = found.find((index) => index >= 0) ?? later.length;
  const before: Recipe = { ...recipe, steps: [scale, ...later.slice(0, place)] };
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`--match-to ${path} cannot be read: ${messageOf(error)}.`, error);
  });
  const reference = await referenceHistogram(bytes, before, path);
  const behind = later.slice(place).filter(({ step }) => step !== "match");
  return recipeSchema.parse({ ...recipe, steps: [...before.steps, { step: "match", reference }, ...behind] });
}

async function namedRecipe(name: string): Promise<Recipe> {
  const presets: Record<string, Recipe> = recipePresets;
  const preset = presets[name];
  if (preset) return preset;
  if (!/\.(ya?ml|json)$/.test(name))
    throw new UsageError(
      `--recipe ${name}: no such preset (there is: ${Object.keys(presets).join(", ")}); a file's name ends in .yaml or .json.`,
    );
  const text = await readFile(name, "utf8").catch((error: unknown) => {
    throw new UsageError(`The recipe ${name} cannot be read: ${messageOf(error)}.`, error);
  });
  return parseRecipe(text, name);
}

function parseSize(text: string): number | "full" {
  return text === "full" ? text : wholeNumber(8)(text);
}

function parseBits(text: string): 8 | 16 {
  if (text === "8") return 8;
  if (text === "16") return 16;
  throw new InvalidArgumentError("Give 8 or 16.");
}
