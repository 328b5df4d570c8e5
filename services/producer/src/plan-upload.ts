import type { Dataset } from "@mammoflow/dataset";
import { UsageError } from "@mammoflow/runtime";
import { addressWithin, type ObjectEntry, type ObjectStore } from "@mammoflow/storage";

export interface UploadPlan {
  /** The images that the data set lists, those without a label too, in its order. */
  images: ObjectEntry[];
  /** What it was read from; uploaded last, so that what can be read there is whole. */
  tables: ObjectEntry[];
  /** Listed, and not there. */
  missing: string[];
  /** Files that are neither: they stay. */
  others: number;
}

/** What of a data set is uploaded. */
export async function planUpload(files: ObjectStore, dataset: Dataset): Promise<UploadPlan> {
  const entries = new Map<string, ObjectEntry>();
  for await (const entry of files.entries("")) entries.set(entry.name, entry);
  const sources = dataset.studies.flatMap(({ images }) => images.map(({ source }) => source));
  const listed = [...new Set([...sources, ...(dataset.leftOut ?? [])])];
  const tables = dataset.tables ?? [];
  const present = (names: string[]): ObjectEntry[] => names.flatMap((name) => entries.get(name) ?? []);
  const images = present(listed);
  return {
    images,
    tables: present(tables),
    missing: listed.filter((name) => !entries.has(name)),
    others: entries.size - images.length - present(tables).length,
  };
}

/** Column names that tell people, as spreadsheets have them: `patient_name`, `Last name`, `DOB`, `MRN`. */
const telling =
  /^(patient|first|last|family|given|full|sur)?['s\s_-]*name$|birth|^dob$|address|phone|e-?mail|^mrn$|medical[\s_-]*record|accession|^ssn$|insurance|passport/i;

/** @throws UsageError naming the table and its columns that would tell who a patient is */
export async function refuseTellingColumns(files: ObjectStore, tables: ObjectEntry[]): Promise<void> {
  for (const { name } of tables.filter((table) => /\.csv$/i.test(table.name))) {
    const start = await files.getRange(name, 0, 64 * 1024);
    const header = start?.bytes.toString().split(/[\r\n]/)[0] ?? "";
    const columns = header.split(/[,;\t]/).map((column) => column.replace(/^\uFEFF?\s*"?|"?\s*$/g, ""));
    const found = columns.filter((column) => telling.test(column));
    if (found.length > 0)
      throw new UsageError(
        `${addressWithin(files.address, name)} has columns that tell who a patient is (${found.join(", ")}): take them out, or upload with --keep-headers.`,
      );
  }
}
