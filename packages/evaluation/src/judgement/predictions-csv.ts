import { parse } from "csv-parse/sync";
import { z } from "zod";
import { csvTable } from "../csv-table.ts";
import { EvaluationError } from "../errors.ts";
import { recalibrated, type Recalibration } from "./calibration.ts";
import { predictionSchema, type Prediction } from "./prediction.ts";

/** The columns that every file has, in their order; further ones are groups of the data set's own. */
const columns = [
  "study_id",
  "image_id",
  "patient_id",
  "source",
  "laterality",
  "view_position",
  "birads",
  "density",
  "manufacturer",
  "age",
  "label",
  "rows",
  "probability",
  "calibrated",
];

/**
 * `predictions.csv` (RFC 4180): a line an image; what is not known is an empty cell.
 *
 * @param correction makes `calibrated` of `probability`, on which operating points stand; null where none could be fitted
 */
export function predictionsCsv(predictions: readonly Prediction[], correction: Recalibration | null): string {
  const groups = [...new Set(predictions.flatMap((prediction) => Object.keys(prediction.groups)))]
    .filter((name) => !columns.includes(name))
    .toSorted();
  const calibrated =
    correction &&
    recalibrated(
      predictions.map(({ probability }) => probability),
      correction,
    );
  const records = predictions.map((prediction, row) => ({
    ...prediction.groups,
    study_id: prediction.studyId,
    image_id: prediction.imageId,
    patient_id: prediction.patientId,
    source: prediction.source,
    laterality: prediction.laterality,
    view_position: prediction.view,
    birads: prediction.birads,
    density: prediction.density,
    manufacturer: prediction.manufacturer,
    age: prediction.ageYears,
    label: prediction.label,
    rows: prediction.rows,
    probability: prediction.probability,
    calibrated: calibrated?.[row] ?? null,
  }));
  return csvTable([...columns, ...groups], records);
}

/** A cell without the mark that keeps a spreadsheet from running it. */
const known = (cell: string | undefined): string | null =>
  cell === undefined || cell === "" ? null : cell.replace(/^'(?='*[=+\-@\t\r])/, "");
const numberIn = (cell: string | undefined): number | null => (known(cell) === null ? null : Number(cell));

/**
 * Reads `predictions.csv` back, but for what was calibrated, and files of earlier versions, which lack some columns: there the
 * study stands for the patient, and what was not written is not known.
 *
 * @param source what a message calls the file
 * @throws EvaluationError (`PREDICTIONS`) naming the line and the column that does not fit
 */
export function parsePredictions(text: string, source: string): Prediction[] {
  let lines: Record<string, string>[];
  try {
    lines = z.array(z.record(z.string(), z.string())).parse(parse(text, { columns: true, bom: true }));
  } catch (error) {
    throw new EvaluationError(
      "PREDICTIONS",
      `${source} is not a CSV file of predictions: ${String(error)}. Make it again with the run.`,
      error,
    );
  }
  return lines.map((line, index) => {
    const parsed = predictionSchema.safeParse({
      imageId: known(line["image_id"]),
      studyId: known(line["study_id"]),
      patientId: known(line["patient_id"]) ?? known(line["study_id"]),
      source: known(line["source"]),
      laterality: known(line["laterality"]),
      view: known(line["view_position"]),
      birads: numberIn(line["birads"]),
      density: known(line["density"]),
      manufacturer: known(line["manufacturer"]),
      ageYears: numberIn(line["age"]),
      label: numberIn(line["label"]),
      rows: numberIn(line["rows"]) ?? 1,
      probability: numberIn(line["probability"]),
      groups: Object.fromEntries(
        Object.entries(line).flatMap(([name, cell]) => {
          const value = columns.includes(name) ? null : known(cell);
          return value === null ? [] : [[name, value]];
        }),
      ),
    });
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new EvaluationError(
      "PREDICTIONS",
      `Line ${index + 2} of ${source} does not fit: ${issue?.path.join(".") ?? ""} ${issue?.message ?? ""}. Make it again with the run.`,
      parsed.error,
    );
  });
}
