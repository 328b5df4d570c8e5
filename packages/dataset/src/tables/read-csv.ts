/** Reads a CSV file of a data set row by row, each checked once against a schema. */
import { Readable } from "node:stream";
import { addressWithin, type ObjectStore } from "@mammoflow/storage";
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
/** What is read at once. */
const pieceBytes = 4 * 2 ** 20;

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
  store: ObjectStore,
  name: string,
  schema: z.ZodObject<Shape>,
  otherSpellings: Record<string, string> = {},
): AsyncGenerator<CsvRow<z.infer<z.ZodObject<Shape>>>> {
  const path = addressWithin(store.address, name);
  try {
    const required = Object.keys(schema.shape);
    const parser = parse({
      bom: true,
      columns: (header: string[]) => requireColumns(path, header, required, otherSpellings),
      delimiter: delimiterOf(await firstLine(store, name)),
      info: true,
      skip_empty_lines: true,
      trim: true,
    });
    const file = Readable.from(pieces(store, name));
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

async function* pieces(store: ObjectStore, name: string): AsyncIterable<Buffer> {
  for (let start = 0, sizeBytes = Infinity; start < sizeBytes; start += pieceBytes) {
    const piece = await store.getRange(name, start, pieceBytes);
    if (piece === undefined) throw missingFile(addressWithin(store.address, name));
    sizeBytes = piece.sizeBytes;
    if (piece.bytes.length > 0) yield piece.bytes;
  }
}

/** @returns the column names, or none where there is no such file: for telling data sets apart. */
export async function readHeader(store: ObjectStore, name: string): Promise<string[]> {
  const line = await firstLine(store, name);
  return line.split(delimiterOf(line)).map((column) => column.replace(/^\uFEFF?\s*"?|"?\s*$/g, ""));
}

async function firstLine(store: ObjectStore, name: string): Promise<string> {
  const start = await store.getRange(name, 0, headerBytes);
  return /^[^\r\n]*/.exec(start?.bytes.toString() ?? "")?.[0] ?? "";
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
  return error;
}

function missingFile(path: string): DatasetError {
  return new DatasetError({
    code: "DATASET_MISSING_FILE",
    message: `${path} does not exist; give the folder that holds it, as the data set's publisher lays it out.`,
  });
}
