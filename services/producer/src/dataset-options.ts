import { readFile } from "node:fs/promises";
import { InvalidArgumentError, Option, type Command } from "commander";
import { datasetAdapters, parseColumnRoles, type ColumnRoles, type DatasetOptions } from "@mammoflow/dataset";
import { resolve } from "node:path";
import { loadSettings, UsageError, messageOf } from "@mammoflow/runtime";
import { wholeNumber } from "./options.ts";

/** What the options hold; an absent one leaves the choice to the data set. */
export interface DatasetChoices {
  dataset?: string;
  malignantFrom?: 3 | 4;
  excludeBirads?: number[];
  rows?: "images" | "findings";
  splitSeed?: number;
  testShare?: number;
  columns?: string;
  column?: string[];
  positive?: string[];
}

/** Which data set it is, and how its images become benign and malignant; shared by every verb that reads one. */
export function addDatasetOptions(command: Command, { several }: { several: boolean } = { several: false }): Command {
  return command
    .argument(
      several ? "<data sets...>" : "<data set>",
      "folder of the data set as its publisher lays it out, or a table (.csv) of images; gs://bucket/prefix too",
    )
    .addOption(
      new Option("--dataset <name>", "which data set it is (default: told by its files)").choices(
        datasetAdapters.map(({ name }) => name),
      ),
    )
    .option(
      "--malignant-from <category>",
      "lowest BI-RADS category that counts as malignant: 3 (the study's code, the default) or 4; where BI-RADS decide",
      parseMalignantFrom,
    )
    .option("--exclude-birads <categories>", "BI-RADS categories to leave out, e.g. 3; 0 always is", parseCategories)
    .option(
      "--rows <rows>",
      "count each image once (images, the default), or once per finding as the study probably did (findings)",
      parseRows,
    )
    .option("--split-seed <n>", "makes the split of a data set that has none (default: 1)", wholeNumber(0))
    .option("--test-share <share>", "share of the patients for the test in such a split (default: 0.2)", parseShare)
    .option("--columns <file>", "YAML file that says what the columns of a table mean")
    .option(
      "--column <role=column>",
      `the same for one column, may be repeated; roles: path, label, patient, study, laterality, view, split, birads, density, group`,
      (pair: string, before: string[] | undefined) => [...(before ?? []), pair],
    )
    .option("--positive <labels>", "labels of a table that mean malignant, e.g. 1,malignant", parseWords);
}

/** The whole address of what a person named: of a path the absolute one. */
export function datasetAddress(given: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(given) ? given : resolve(given);
}

/** @throws UsageError when the file of columns cannot be used */
export async function datasetOptionsOf(choices: DatasetChoices): Promise<DatasetOptions> {
  const { dataset, malignantFrom, excludeBirads, rows, splitSeed, testShare } = choices;
  const columns = await columnsOf(choices);
  return {
    ...(dataset !== undefined && { dataset }),
    ...(malignantFrom !== undefined && { malignantFrom }),
    ...(excludeBirads !== undefined && { excludeBirads }),
    ...(rows !== undefined && { rows }),
    ...(splitSeed !== undefined && { splitSeed }),
    ...(testShare !== undefined && { testShare }),
    ...(columns && { columns }),
    gcsEndpoint: loadSettings().gcsEndpoint,
  };
}

async function columnsOf({ columns, column, positive }: DatasetChoices): Promise<ColumnRoles | undefined> {
  if (columns === undefined && column === undefined && positive === undefined) return undefined;
  const text =
    columns === undefined
      ? undefined
      : await readFile(columns, "utf8").catch((error: unknown) => {
          throw new UsageError(`--columns ${columns} cannot be read: ${messageOf(error)}.`, error);
        });
  const file = columns === undefined || text === undefined ? undefined : { name: columns, text };
  return parseColumnRoles(file, column ?? [], positive);
}

function parseMalignantFrom(text: string): 3 | 4 {
  if (text === "3") return 3;
  if (text === "4") return 4;
  throw new InvalidArgumentError("Give 3 or 4.");
}

function parseRows(text: string): "images" | "findings" {
  if (text === "images" || text === "findings") return text;
  throw new InvalidArgumentError("Give images or findings.");
}

function parseCategories(text: string): number[] {
  return text.split(",").map((part) => {
    if (/^[0-6]$/.test(part.trim())) return Number(part);
    throw new InvalidArgumentError("Give BI-RADS categories 0 to 6, separated by commas.");
  });
}

function parseShare(text: string): number {
  const share = Number(text);
  if (share > 0 && share < 1) return share;
  throw new InvalidArgumentError("Give a share between 0 and 1, such as 0.2.");
}

function parseWords(text: string): string[] {
  const words = text.split(",").map((word) => word.trim());
  if (words.every((word) => word !== "")) return words;
  throw new InvalidArgumentError("Give labels separated by commas, such as 1,malignant.");
}
