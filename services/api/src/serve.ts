import { openApiKeys, serveMetrics } from "@mammoflow/http";
import { closeOnSignal, createLogger, UsageError, type Settings } from "@mammoflow/runtime";
import { openModel, parseModelName } from "@mammoflow/serving";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import { createApi } from "./server.ts";
import { version } from "./version.ts";

/** Who stops the API waits this long for it, no longer. */
const graceMs = 9500;

/**
 * Opens the model that the settings name, or that its store has promoted, and serves it until a signal comes.
 *
 * @returns what there is to say about it
 * @throws AppError those of `openModel`, `API_PORT`; UsageError when no store is named
 */
export async function serve(settings: Settings): Promise<string> {
  const log = createLogger("api", settings.logLevel);
  const store = openModelStore(settings);
  const named = settings.apiModel === undefined ? undefined : parseModelName(settings.apiModel);
  const model = await openModel({ store, named, settings });
  await store.close();
  const api = await createApi({
    model,
    keys: openApiKeys(settings.apiKeys),
    log,
    host: settings.apiHost,
    port: settings.apiPort,
    places: settings.apiPlaces,
    ratePerMinute: settings.apiRatePerMinute,
    timeLimitMs: settings.apiTimeoutMs,
    version: version(),
  }).catch(async (error: unknown) => {
    await model.close();
    throw error;
  });
  const metrics =
    settings.metricsPort === undefined ? [] : [await serveMetrics(() => api.metrics.text(), settings.metricsPort)];
  closeOnSignal([api, ...metrics, model], log, graceMs);
  const { id } = model.facts;
  log.info({ url: api.url, model: id, version: model.facts.version, needsKey: api.needsKey }, "the API is up");
  const who = api.needsKey
    ? `Keys are asked for: \`mammoflow keys add NAME\` writes one to ${settings.apiKeys}.`
    : "No key is asked for, because only this machine reaches it.";
  return `${id} answers at ${api.url}; ${api.url}/docs is a page to try it. ${who}\nResearch use only. Human review required.`;
}

function openModelStore({ out, gcsEndpoint }: Settings): ObjectStore {
  if (out !== undefined) return openStore(out, gcsEndpoint);
  throw new UsageError("No store is named: say where the runs are by --out or MAMMOFLOW_OUT.");
}
