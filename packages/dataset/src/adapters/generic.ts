/**
 * Any table of images: a CSV file with a line for each, whose columns are given roles (`ColumnRoles`). Its ids may be any text;
 * what could not be part of an object's name is replaced.
 */
import { UsageError } from "@mammoflow/runtime";
import { addressWithin } from "@mammoflow/storage";
import { z } from "zod";
import type { DatasetAdapter, ListedImage, Listing } from "../dataset-adapter.ts";
import type { DatasetFiles } from "../dataset-files.ts";
import { DatasetError } from "../errors.ts";
import { readCsv, refusedValue } from "../tables/read-csv.ts";
import { safeId } from "../tables/safe-id.ts";
import type { ColumnRoles } from "./column-roles.ts";
import { fields, labelsOf, type Labels } from "./generic-fields.ts";

export const generic: DatasetAdapter = {
  name: "generic",
  title: "The table",
  sign: "a .csv file itself",
  detect: async ({ store, table = "" }) => /\.csv$/i.test(table) && store.exists(table),

  async list(files, { columns: roles }): Promise<Listing> {
    const { store } = files;
    const root = store.address;
    const path = files.table === undefined ? root : addressWithin(root, files.table);
    if (!roles)
      throw new UsageError(
        `${path}: say what its columns mean, e.g. --column path=file --column label=cancer --column patient=patient_id, or in a file with --columns.`,
      );
    if (roles.label === undefined && roles.birads === undefined)
      throw new UsageError(`${path}: say which column is the label or the birads, e.g. --column label=cancer.`);
    const table = await tableOf(files);
    const labels = roles.label === undefined ? undefined : labelsOf(roles.label, roles.positive);
    const images: ListedImage[] = [];
    for await (const { row, place } of readCsv(store, table, columnsOf(roles)))
      images.push(toImage({ row, place, roles, root, labels }));
    return {
      tables: [table],
      images,
      ...(labels && { ownLabels: labels.inWords }),
      warnings:
        roles.patient === undefined
          ? ["No column names the patient: images of one patient may be in both splits, which makes results too good."]
          : [],
    };
  },
};

/** The file itself, or the only one in the folder. */
async function tableOf({ store, table }: DatasetFiles): Promise<string> {
  if (table !== undefined) return table;
  const tables: string[] = [];
  for await (const name of store.list("")) if (/^[^/]*\.csv$/i.test(name)) tables.push(name);
  if (tables[0] !== undefined && tables.length === 1) return tables[0];
  throw new DatasetError({
    code: "DATASET_WHICH_TABLE",
    message: `${store.address} holds ${tables.length === 0 ? "no .csv file" : `${tables.length} .csv files (${tables.join(", ")})`}; give the table itself instead of its folder.`,
  });
}

/** Every column that has a role, as text: one column may have several. */
function columnsOf({ positive: _, ...roles }: ColumnRoles): z.ZodObject<Record<string, z.ZodString>> {
  const names = Object.values(roles).flat();
  return z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
}

interface TableRow {
  row: Record<string, string>;
  place: string;
  roles: ColumnRoles;
  root: string;
  labels: Labels | undefined;
}

function toImage({ row, place, roles, root, labels }: TableRow): ListedImage {
  const check = <Value>(schema: z.ZodType<Value>, column: string): Value => {
    const value = row[column] ?? "";
    const checked = schema.safeParse(value);
    if (checked.success) return checked.data;
    throw refusedValue({ place, column, value, expected: checked.error.issues[0]?.message ?? "another value" });
  };
  /** undefined where no column has the role */
  const read = <Value>(schema: z.ZodType<Value>, column: string | undefined): Value | undefined =>
    column === undefined ? undefined : check(schema, column);
  const listed = check(fields.path, roles.path);
  const source = listed.startsWith(`${root}/`) ? listed.slice(root.length + 1) : listed;
  if (source.startsWith("/"))
    throw refusedValue({ place, column: roles.path, value: listed, expected: `a path below ${root}` });
  const patientId = read(fields.patient, roles.patient);
  const study = read(fields.study, roles.study);
  const imageId = safeId(source.replace(/\.[^./]*$/, ""));
  const label = labels && check(labels.schema, labels.column);
  return {
    place,
    studyId: safeId([patientId, study].filter((id) => id !== undefined).join("-") || imageId),
    ...(patientId !== undefined && { patientId }),
    split: read(fields.split, roles.split) ?? null,
    imageId,
    seriesId: null,
    laterality: read(fields.laterality, roles.laterality) ?? null,
    viewPosition: read(fields.view, roles.view) ?? null,
    birads: read(fields.birads, roles.birads) ?? null,
    density: read(fields.density, roles.density) ?? null,
    heightPx: null,
    widthPx: null,
    source,
    groups: Object.fromEntries(
      (roles.group ?? []).map((column) => [column, row[column] ?? ""]).filter(([, value]) => value !== ""),
    ),
    ...(label !== undefined && { ownLabel: label }),
  };
}
