import { UsageError } from "@mammoflow/runtime";
import { addressWithin } from "@mammoflow/storage";
import { cbisDdsm } from "./adapters/cbis-ddsm.ts";
import { generic } from "./adapters/generic.ts";
import { inbreast } from "./adapters/inbreast.ts";
import { rsna2022 } from "./adapters/rsna-2022.ts";
import { vindrMammo } from "./adapters/vindr-mammo.ts";
import { assembleDataset } from "./assemble-dataset.ts";
import type { DatasetAdapter, DatasetOptions } from "./dataset-adapter.ts";
import { type DatasetFiles, isThere, openDatasetFiles } from "./dataset-files.ts";
import type { Dataset } from "./dataset.ts";
import { DatasetError } from "./errors.ts";

/** Every data set that can be read; `generic` is last, as it is for all others. */
export const datasetAdapters: DatasetAdapter[] = [vindrMammo, rsna2022, cbisDdsm, inbreast, generic];

/**
 * Reads a data set's tables by the adapter that `options.dataset` names, or by the one that knows the folder's files.
 *
 * Whether the images themselves exist is not looked at here: a missing one fails in its own job (`validateDataset`
 * finds it beforehand).
 *
 * @param address the folder that holds the tables, or for `generic` the table itself; a path or `gs://bucket/prefix`.
 * @throws DatasetError when no adapter or several know the files; when a table is missing or has a missing column, an
 * unknown value or a contradiction; when nothing is left under the label rule; when a split is empty or has one class only.
 * @throws UsageError for an option that does not fit the data set.
 * @throws StorageError for an address that names no store, or one that does not answer.
 */
export async function readDataset(address: string, options: DatasetOptions = {}): Promise<Dataset> {
  const files = await openDatasetFiles(address, options.gcsEndpoint);
  try {
    const adapter = await chooseAdapter(files, options);
    return await assembleDataset(adapter, files.store, await adapter.list(files, options), options);
  } finally {
    await files.store.close();
  }
}

async function chooseAdapter(files: DatasetFiles, { dataset, columns }: DatasetOptions): Promise<DatasetAdapter> {
  const name = dataset ?? (columns ? generic.name : undefined);
  if (name !== undefined) {
    const named = datasetAdapters.find((adapter) => adapter.name === name);
    if (!named)
      throw new UsageError(
        `--dataset ${name}: no such data set is known; give ${datasetAdapters.map((adapter) => adapter.name).join(", ")}.`,
      );
    if (columns && named !== generic)
      throw new UsageError(`${named.title} has columns of its own: leave --columns, --column and --positive out.`);
    return named;
  }
  const claims = await Promise.all(datasetAdapters.map((adapter) => adapter.detect(files)));
  const [found, ...others] = datasetAdapters.filter((_, index) => claims[index]);
  if (found && others.length === 0) return found;
  throw found ? ambiguous(files, [found, ...others]) : await unrecognised(files);
}

function ambiguous({ store: { address } }: DatasetFiles, found: DatasetAdapter[]): DatasetError {
  return new DatasetError({
    code: "DATASET_AMBIGUOUS",
    message: `${address} has the files of ${found.map(({ title, sign }) => `${title} (${sign})`).join(" and of ")}; say which it is with --dataset ${found.map(({ name }) => name).join(" or ")}.`,
  });
}

async function unrecognised(files: DatasetFiles): Promise<DatasetError> {
  const { store, table } = files;
  const path = table === undefined ? store.address : addressWithin(store.address, table);
  if (!(await isThere(files)))
    return new DatasetError({
      code: "DATASET_MISSING_FILE",
      message: `${path} does not exist; give the folder that holds the data set's tables.`,
    });
  const signs = datasetAdapters.map(({ title, sign }) => `${sign} (${title})`).join("; ");
  return new DatasetError({
    code: "DATASET_NOT_RECOGNISED",
    message: `${path} holds no data set that is known: looked for ${signs}; give the folder that holds the tables, or say what a table's columns mean with --column path=... --column label=....`,
  });
}
