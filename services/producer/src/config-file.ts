import { readFile } from "node:fs/promises";
import { InvalidArgumentError, type Command, type Option } from "commander";
import { UsageError, messageOf } from "@mammoflow/runtime";
import { parse } from "yaml";
import { z } from "zod";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const values = z.union([scalar, z.array(scalar)]);
/** What may stand in the file: an option's long name, without hyphens in front, and its value, list or `key: value` lines. */
const contentSchema = z.record(z.string(), z.union([values, z.record(z.string(), values)]));
type Content = z.infer<typeof contentSchema>[string];

/**
 * Takes the options that were not given on the command line from a YAML file, each read as on the command line.
 *
 * @throws UsageError when the file cannot be read, or naming the option that is unknown or cannot be used
 */
export async function applyConfigFile(command: Command, file: string): Promise<void> {
  for (const [name, content] of Object.entries(await readContent(file))) {
    const option = command.options.find((each) => each.long === `--${name}` || each.long === `--no-${name}`);
    if (!option || name === "config")
      throw new UsageError(
        `${file}: ${name} is no option of \`mammoflow ${command.name()}\`; it may hold ${command.options
          .map(nameOf)
          .filter((each) => each !== "config")
          .join(", ")}.`,
      );
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) === "cli") continue;
    try {
      command.setOptionValueWithSource(attribute, valueOf(option, content), "config");
    } catch (error) {
      if (error instanceof InvalidArgumentError) throw new UsageError(`${file}: ${name}: ${error.message}`, error);
      throw error;
    }
  }
}

async function readContent(file: string): Promise<z.infer<typeof contentSchema>> {
  try {
    return contentSchema.parse(parse(await readFile(file, "utf8")) ?? {});
  } catch (error) {
    const reason = error instanceof z.ZodError ? "it must hold lines `option: value`" : messageOf(error);
    throw new UsageError(`--config ${file} cannot be read: ${reason}.`, error);
  }
}

function valueOf(option: Option, content: Content): unknown {
  if (option.isBoolean() || option.negate) {
    if (typeof content === "boolean") return content;
    throw new InvalidArgumentError("Give true or false.");
  }
  if (option.variadic || isRepeated(option)) return [content].flat().map(String);
  const text = asText(content, option.long === "--grid" ? " " : ",");
  return option.parseArg ? option.parseArg<unknown>(text, undefined) : text;
}

/** `[1, 2]` is `1,2`, and `{ brightness: 0.1 }` is `brightness=0.1`. */
function asText(content: Content, between: string): string {
  if (Array.isArray(content)) return content.join(",");
  if (typeof content !== "object") return String(content);
  return Object.entries(content)
    .map(([key, value]) => `${key}=${asText(value, between)}`)
    .join(between);
}

const isRepeated = (option: Option): boolean => option.long === "--column";
const nameOf = (option: Option): string => (option.long ?? "").replace(/^--(no-)?/, "");
