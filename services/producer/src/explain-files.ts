import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { AppError, messageOf, UsageError } from "@mammoflow/runtime";
import type { Explanation } from "@mammoflow/serving";
import { askAboutFiles } from "./ask-about-files.ts";
import { openChosenModel, type ModelChoice } from "./open-chosen-model.ts";
import { reviewLine, warningLines } from "./prediction-text.ts";
import { print, printJson } from "./terminal.ts";

interface ExplainFilesOptions extends ModelChoice {
  outDir: string;
  json: boolean | undefined;
}

/** Where a model sees malignancy in new images: a picture for each in the folder, and its regions on standard output. */
export async function explainFiles(files: string[], { outDir, json, ...choice }: ExplainFilesOptions): Promise<void> {
  const names = namesOf(files);
  const groups = files.map((file) => [file]);
  const { answers, failures } = await askAboutFiles(openChosenModel(choice), groups, async (model, images) => {
    const [image] = images;
    if (image === undefined) throw new RangeError("a group has a file");
    const { overlay, ...explanation } = await model.explain(image);
    const picture = join(outDir, names.get(image.name) ?? "");
    await writePicture(picture, overlay);
    return { picture, ...explanation };
  });
  if (json) printJson({ answers: answers.map(({ files: [file], answer }) => ({ file, ...answer })), failures });
  else if (answers.length > 0) {
    for (const { files: asked, answer } of answers) print(explanationLines(asked, answer).join("\n"));
    print(reviewLine(answers.map(({ answer }) => answer)));
  }
  if (failures.length > 0) process.exitCode = 1;
}

function explanationLines(
  files: readonly string[],
  { picture, probability, threshold, regions, warnings }: Omit<Explanation, "overlay"> & { picture: string },
): string[] {
  return [
    `${files[0]}: ${probability.toFixed(3)} (threshold ${threshold.toFixed(3)}), ${picture}`,
    ...(regions.length === 0 ? ["  nothing in it speaks for malignancy"] : []),
    ...regions.map(({ box: { x, y, width, height }, share }) => {
      const [left, top, wide, high] = [x, y, width, height].map(Math.round);
      return `  ${Math.round(share * 100)} % of the map in ${wide} x ${high} px at x ${left}, y ${top}`;
    }),
    ...warningLines(files, warnings),
  ];
}

/** A picture's name for each file. @throws UsageError where two would be one */
function namesOf(files: readonly string[]): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Map<string, string>();
  for (const file of files) {
    const name = `${basename(file).replace(/\.(dicom|dcm|png|jpe?g|tiff?|pgm)$/i, "")}.png`;
    const other = taken.get(name);
    if (other !== undefined)
      throw new UsageError(
        `${other} and ${file} would both be explained in ${name}: explain them one after the other.`,
      );
    taken.set(name, file);
    names.set(file, name);
  }
  return names;
}

async function writePicture(file: string, png: Uint8Array): Promise<void> {
  try {
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, png);
  } catch (cause) {
    throw new AppError({
      code: "OUTPUT",
      message: `${file} cannot be written: ${messageOf(cause)}. Choose another --out-dir.`,
      cause,
    });
  }
}
