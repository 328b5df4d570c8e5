import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { parseRecipe, recipePresets, recipeSchema, type Recipe } from "@mammoflow/imaging";
import { UsageError, messageOf } from "@mammoflow/runtime";
import { positiveNumber, wholeNumber } from "./options.ts";

export interface RecipeOptions {
  recipe: string;
  size?: number;
  crop?: string;
  scale?: string;
  clahe: boolean;
  claheClip?: number;
  claheTiles?: number;
}

/** Which steps are done to each image; shared by `submit` and `preprocess`. */
export function addRecipeOptions(command: Command): Command {
  return command
    .option(
      "--recipe <name|file.yaml>",
      `steps from DICOM to PNG: a preset (${Object.keys(recipePresets).join(", ")}) or a file`,
      "study",
    )
    .option("--size <px>", "side of the output", wholeNumber(8))
    .option("--scale <minmax|window>", "grey levels from each image's own range, or from its VOI window")
    .option("--crop <otsu|none>", "cut to the breast, or keep the whole frame")
    .option("--clahe-clip <limit>", "contrast limit of CLAHE", positiveNumber)
    .option("--clahe-tiles <n>", "tiles of CLAHE along each side", wholeNumber(1))
    .option("--no-clahe", "leave CLAHE out");
}

/** The recipe that the options ask for. */
export async function recipeOf(options: RecipeOptions): Promise<Recipe> {
  const start = await namedRecipe(options.recipe);
  const [scale, ...rest] = start.steps;
  if (options.scale !== undefined && options.scale !== "minmax" && options.scale !== "window")
    throw new UsageError(`--scale ${options.scale}: give minmax or window.`);
  if (options.crop !== undefined && options.crop !== "otsu" && options.crop !== "none")
    throw new UsageError(`--crop ${options.crop}: give otsu or none.`);
  const others = rest.flatMap((step): Recipe["steps"][number][] => {
    if (step.step === "crop") return options.crop === "none" ? [] : [step];
    if (step.step === "clahe")
      return options.clahe
        ? [
            {
              ...step,
              clipLimit: options.claheClip ?? step.clipLimit,
              tilesX: options.claheTiles ?? step.tilesX,
              tilesY: options.claheTiles ?? step.tilesY,
            },
          ]
        : [];
    return [{ ...step, widthPx: options.size ?? step.widthPx, heightPx: options.size ?? step.heightPx }];
  });
  return recipeSchema.parse({ ...start, steps: [{ ...scale, from: options.scale ?? scale.from }, ...others] });
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
