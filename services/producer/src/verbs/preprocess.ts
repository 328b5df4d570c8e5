import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import type { Command } from "commander";
import { wholeNumber } from "../options.ts";
import { preprocessFiles } from "../preprocess-files.ts";
import { addRecipeOptions, recipeOf, type RecipeOptions } from "../recipe-options.ts";
import { createProgressLines, formatBar, note, print } from "../terminal.ts";

interface PreprocessOptions extends RecipeOptions {
  out: string;
  jobs: number;
  json?: boolean;
}

export function configure(command: Command): void {
  command
    .argument("<folder or files...>", "images (DICOM, PNG, JPEG, TIFF, PGM), or folders of them")
    .requiredOption("--out <folder>", "where the PNGs go, in the same folders")
    .option("--jobs <n>", "processes at work at once", wholeNumber(1), availableParallelism())
    .option("--json", "end with a line of JSON");
  addRecipeOptions(command)
    .addHelpText(
      "after",
      "\nExample:\n  mammoflow preprocess vindr-mammo/images --out png --size 512\n\nEnds with 1 when a file could not be prepared; the others are.",
    )
    .action(preprocess);
}

async function preprocess(inputs: string[], options: PreprocessOptions): Promise<void> {
  const lines = createProgressLines();
  const outcome = await preprocessFiles({
    inputs,
    out: resolve(options.out),
    recipe: await recipeOf(options),
    jobs: options.jobs,
    onImage: (done, total) => lines.show([`${formatBar(done / total, 0)} ${done}/${total} images`]),
  });
  lines.end();
  for (const { file, reason } of outcome.failures) note(`failed: ${file}: ${reason}`);
  const { images, seconds, imagesPerSecond, peakRssMb } = outcome;
  const failed = outcome.failures.length;
  if (failed > 0) process.exitCode = 1;
  if (options.json)
    print(JSON.stringify({ images, failed, seconds, images_per_s: imagesPerSecond, peak_rss_mb: peakRssMb }));
  else
    print(
      `${images} images in ${options.out} (${imagesPerSecond.toFixed(1)} images/s, at most ${peakRssMb} MB a process)${failed > 0 ? `, ${failed} failed` : ""}`,
    );
}
