/** Reads a CSV file of a data set row by row, each checked once against a schema. */
import { createReadStream } from "node:fs";
import { CsvError, parse } from "csv-parse";
import { z } from "zod";
import { DatasetError } from "./errors.ts";

export interface CsvRow<Row> {
  row: Row;
  /** 1-based line of the file; the header is line 1. */
  line: number;
}

/**
 * Yields the rows of a CSV file. A byte order mark, CRLF, any column order and further columns are all accepted.
 *
 * @param schema an object schema whose keys are the columns that the file must have.
 * @throws DatasetError naming the file and the line: no such file, a missing column, a malformed line, a value that
 * the schema refuses.
 */
export async function* readCsv<Shape extends z.ZodRawShape>(
  path: string,
  schema: z.ZodObject<Shape>,
): AsyncGenerator<CsvRow<z.infer<z.ZodObject<Shape>>>> {
  const required = Object.keys(schema.shape);
  const parser = parse({
    bom: true,
    columns: (header: string[]) => requireColumns(path, header, required),
    info: true,
    skip_empty_lines: true,
    trim: true,
  });
  const file = createReadStream(path);
  file.on("error", (error) => parser.destroy(error));
  try {
    for await (const record of file.pipe(parser) as AsyncIterable<ParsedRecord>) {
      const line = record.info.lines;
      const checked = schema.safeParse(record.record);
      if (!checked.success) throw unknownValue(path, line, checked.error, record.record);
      yield { row: checked.data, line };
    }
  } catch (error) {
    throw explain(path, error);
  } finally {
    file.destroy();
  }
}

/** What csv-parse hands out under `info: true`. */
interface ParsedRecord {
  record: Record<string, string>;
  info: { lines: number };
}

function requireColumns(path: string, header: string[], required: string[]): string[] {
  const columns = header.map((column) => column.trim());
  const missing = required.filter((column) => !columns.includes(column));
  if (missing.length > 0) {
    throw new DatasetError({
      code: "DATASET_MISSING_COLUMN",
      message: `${path}, line 1: the header lacks ${missing.join(", ")}; add it, or take the file as the data set's publisher ships it.`,
    });
  }
  return columns;
}

function unknownValue(path: string, line: number, error: z.ZodError, record: Record<string, string>): DatasetError {
  const issue = error.issues[0];
  const column = String(issue?.path[0] ?? "?");
  return new DatasetError({
    code: "DATASET_UNKNOWN_VALUE",
    message: `${path}, line ${line}: ${column} is ${JSON.stringify(record[column] ?? "")}, expected ${issue?.message ?? "another value"}; correct that line.`,
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
