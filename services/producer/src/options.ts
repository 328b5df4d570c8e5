import { InvalidArgumentError, Option, type Command } from "commander";
import type { LabelRule } from "@mammoflow/dataset";

/** Option parsers: what they refuse is a usage error that names the option. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`Give a whole number of ${minimum} or more.`);
  };
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}

/** A comma-separated choice from names; `all` takes every one. */
export function choiceOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    if (text === "all") return [...names];
    return [...new Set(text.split(",").map((part) => part.trim()))].map((part) => {
      const name = names.find((known) => known === part);
      if (name !== undefined) return name;
      throw new InvalidArgumentError(`${JSON.stringify(part)} is none of ${names.join(", ")}, all.`);
    });
  };
}

/** `1`, `1,2,5` or `1..5`. */
export function seedList(text: string): number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  const seeds = range
    ? Array.from({ length: Number(range[2]) - Number(range[1]) + 1 }, (_, index) => Number(range[1]) + index)
    : text.split(",").map(wholeNumber(0));
  if (seeds.length > 0) return [...new Set(seeds)];
  throw new InvalidArgumentError("Give seeds such as 1, 1,2,3 or 1..5.");
}

export interface LabelOptions {
  malignantFrom: LabelRule["malignantFrom"];
  excludeBirads: number[];
  rows: LabelRule["rows"];
}

/** How images become benign and malignant; shared by every verb that reads a data set. */
export function addLabelOptions(command: Command): Command {
  return command
    .option(
      "--malignant-from <category>",
      "lowest BI-RADS category that counts as malignant: 3 (the study's code) or 4",
      parseMalignantFrom,
      3 as const,
    )
    .addOption(
      new Option("--exclude-birads <categories>", "BI-RADS categories to leave out, e.g. 3")
        .argParser(parseCategories)
        .default([], "none but 0"),
    )
    .option(
      "--rows <rows>",
      "count each image once (images), or once per finding as the study probably did (findings)",
      parseRows,
      "images" as const,
    );
}

export function labelRuleOf({ malignantFrom, excludeBirads, rows }: LabelOptions): LabelRule {
  return { malignantFrom, excludeBirads, rows };
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
