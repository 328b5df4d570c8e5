/** Reads a CSV file of a data set row by row, each checked once against a schema. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { CsvError, parse } from "csv-parse";
import { z } from "zod";
import { DatasetError } from "../errors.ts";

export interface CsvRow<Row> {
  row: Row;
  /** `FILE, line N`; the header is line 1. */
  place: string;
}

/** More than any header needs; a longer first line is no header. */
const headerBytes = 64 * 1024;

/**
 * Yields the rows of a CSV file. Commas, semicolons or tabs between the columns, a byte order mark, CRLF, any column order
 * and further columns are all accepted.
 *
 * @param schema an object schema whose keys are the columns that the file must have.
 * @param otherSpellings columns that the file may name differently: its name to the schema's.
 * @throws DatasetError naming the file and the line: no such file, a missing column, a malformed line, a value that
 * the schema refuses.
 */
export async function* readCsv<Shape extends z.ZodRawShape>(
  path: string,
  schema: z.ZodObject<Shape>,
  otherSpellings: Record<string, string> = {},
): AsyncGenerator<CsvRow<z.infer<z.ZodObject<Shape>>>> {
  try {
    const required = Object.keys(schema.shape);
    const parser = parse({
      bom: true,
      columns: (header: string[]) => requireColumns(path, header, required, otherSpellings),
      delimiter: delimiterOf(await firstLine(path)),
      info: true,
      skip_empty_lines: true,
      trim: true,
    });
    const file = createReadStream(path);
    file.on("error", (error) => parser.destroy(error));
    try {
      for await (const record of file.pipe(parser) as AsyncIterable<ParsedRecord>) {
        const place = `${path}, line ${record.info.lines}`;
        const checked = schema.safeParse(record.record);
        if (!checked.success) throw unknownValue(place, checked.error, record.record);
        yield { row: checked.data, place };
      }
    } finally {
      file.destroy();
    }
  } catch (error) {
    throw explain(path, error);
  }
}

/** What csv-parse hands out under `info: true`. */
interface ParsedRecord {
  record: Record<string, string>;
  info: { lines: number };
}

/** @returns the column names, or none where the file cannot be read: for telling data sets apart. */
export async function readHeader(path: string): Promise<string[]> {
  const line = await firstLine(path).catch(() => "");
  return line.split(delimiterOf(line)).map((column) => column.replace(/^\uFEFF?\s*"?|"?\s*$/g, ""));
}

async function firstLine(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return /^[^\r\n]*/.exec(buffer.toString("utf8", 0, bytesRead))?.[0] ?? "";
  } finally {
    await file.close();
  }
}

/** The one of comma, semicolon and tab that the header has most of; Europe's spreadsheets write semicolons. */
function delimiterOf(header: string): string {
  const count = (delimiter: string): number => header.split(delimiter).length;
  return [",", ";", "\t"].reduce((most, delimiter) => (count(delimiter) > count(most) ? delimiter : most));
}

function requireColumns(
  path: string,
  header: string[],
  required: string[],
  otherSpellings: Record<string, string>,
): string[] {
  const columns = header.map((column) => otherSpellings[column.trim()] ?? column.trim());
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    throw new DatasetError({
      code: "DATASET_MISSING_COLUMN",
      message: `${path}, line 1: the header lacks ${missing.join(", ")}; add it, or take the file as the data set's publisher ships it.`,
    });
  }
  return columns;
}

function unknownValue(place: string, error: z.ZodError, record: Record<string, string>): DatasetError {
  const issue = error.issues[0];
  const column = String(issue?.path[0] ?? "?");
  return refusedValue({ place, column, value: record[column] ?? "", expected: issue?.message ?? "another value" });
}

/** The error for a field that does not hold what its column should. */
export function refusedValue(field: { place: string; column: string; value: string; expected: string }): DatasetError {
  const { place, column, value, expected } = field;
  return new DatasetError({
    code: "DATASET_UNKNOWN_VALUE",
    message: `${place}: ${column} is ${JSON.stringify(value)}, expected ${expected}; correct that line.`,
  });
}

function explain(path: string, error: unknown): unknown {
  if (error instanceof CsvError) {
    return new DatasetError({
      code: "DATASET_MALFORMED_CSV",
      message: `${path}: ${error.message}; correct that line, or take the file again from its source.`,
      cause: error,
    });
  }
  if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) {
    return new DatasetError({
      code: "DATASET_MISSING_FILE",
      message: `${path} does not exist; give the folder that holds it, as the data set's publisher lays it out.`,
      cause: error,
    });
  }
  return error;
}
