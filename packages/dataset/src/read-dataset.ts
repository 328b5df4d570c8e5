import { UsageError } from "@mammoflow/runtime";
import { cbisDdsm } from "./adapters/cbis-ddsm.ts";
import { generic } from "./adapters/generic.ts";
import { inbreast } from "./adapters/inbreast.ts";
import { rsna2022 } from "./adapters/rsna-2022.ts";
import { vindrMammo } from "./adapters/vindr-mammo.ts";
import { assembleDataset } from "./assemble-dataset.ts";
import type { DatasetAdapter, DatasetOptions } from "./dataset-adapter.ts";
import type { Dataset } from "./dataset.ts";
import { DatasetError } from "./errors.ts";
import { pathExists } from "./path-exists.ts";

/** Every data set that can be read; `generic` is last, as it is for all others. */
export const datasetAdapters: DatasetAdapter[] = [vindrMammo, rsna2022, cbisDdsm, inbreast, generic];

/**
 * Reads a data set's tables by the adapter that `options.dataset` names, or by the one that knows the folder's files.
 *
 * Whether the images themselves exist is not looked at here: a missing one fails in its own job (`validateDataset`
 * finds it beforehand).
 *
 * @param path the folder that holds the tables, or for `generic` the table itself.
 * @throws DatasetError when no adapter or several know the files; when a table is missing or has a missing column, an
 * unknown value or a contradiction; when nothing is left under the label rule; when a split is empty or has one class only.
 * @throws UsageError for an option that does not fit the data set.
 */
export async function readDataset(path: string, options: DatasetOptions = {}): Promise<Dataset> {
  const adapter = await chooseAdapter(path, options);
  return assembleDataset(adapter, await adapter.list(path, options), options);
}

async function chooseAdapter(path: string, { dataset, columns }: DatasetOptions): Promise<DatasetAdapter> {
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
  const claims = await Promise.all(datasetAdapters.map((adapter) => adapter.detect(path)));
  const [found, ...others] = datasetAdapters.filter((_, index) => claims[index]);
  if (found && others.length === 0) return found;
  throw found ? ambiguous(path, [found, ...others]) : await unrecognised(path);
}

function ambiguous(path: string, found: DatasetAdapter[]): DatasetError {
  return new DatasetError({
    code: "DATASET_AMBIGUOUS",
    message: `${path} has the files of ${found.map(({ title, sign }) => `${title} (${sign})`).join(" and of ")}; say which it is with --dataset ${found.map(({ name }) => name).join(" or ")}.`,
  });
}

async function unrecognised(path: string): Promise<DatasetError> {
  if (!(await pathExists(path)))
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
