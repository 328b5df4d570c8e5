import { loadSettings, UsageError } from "@mammoflow/runtime";
import { openModel, parseModelName, type ModelName, type ServedModel } from "@mammoflow/serving";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import { openRunStore } from "./run-store.ts";

export interface ModelChoice {
  /** RUN/EXPERIMENT; unset: the one that was promoted. */
  model: string | undefined;
  /** The store of runs. */
  out: string | undefined;
}

/** The model that is named, or the one that was promoted. @throws UsageError, and as `openModel` */
export async function openChosenModel({ model, out }: ModelChoice): Promise<ServedModel> {
  const settings = loadSettings();
  const named = model === undefined ? undefined : parseModelName(model);
  const store = await storeOf(out ?? settings.out, named);
  try {
    return await openModel({ store, named, settings, waitsForNetwork: false });
  } finally {
    await store.close();
  }
}

async function storeOf(address: string | undefined, named: ModelName | undefined): Promise<ObjectStore> {
  if (named !== undefined) return openRunStore(named.run, address);
  if (address !== undefined) return openStore(address, loadSettings().gcsEndpoint);
  throw new UsageError("Say which model with --model RUN/EXPERIMENT, or with --out in which store one was promoted.");
}
