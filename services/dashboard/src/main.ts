import { parseArgs } from "node:util";
import { connectRedis, openQueues } from "@mammoflow/jobs";
import {
  AppError,
  closeOnSignal,
  createLogger,
  loadSettings,
  messageOf,
  requireRedisUrl,
  UsageError,
  type Settings,
} from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { serveMetrics } from "./serve-metrics.ts";
import { createDashboard } from "./server.ts";

try {
  await start(loadSettings(readFlags()));
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`dashboard: ${error.message}\n`);
  process.exit(error instanceof UsageError ? 2 : 1);
}

async function start(settings: Settings): Promise<void> {
  const log = createLogger("dashboard", settings.logLevel);
  const queues = openQueues(await connectRedis(requireRedisUrl(settings), "worker"));
  const dashboard = await createDashboard({
    queues,
    openStore: (address) => openStore(address, settings.gcsEndpoint),
    log,
    host: settings.dashboardHost,
    isFenced: settings.dashboardFenced,
    port: settings.dashboardPort,
    allowActions: settings.dashboardActions,
  });
  const metrics = settings.metricsPort === undefined ? undefined : await serveMetrics(queues, settings.metricsPort);
  closeOnSignal(
    [dashboard, ...(metrics ? [metrics] : []), queues, { close: async () => queues.redis.disconnect() }],
    log,
  );
  log.info({ url: dashboard.url }, "the dashboard is up");
  process.stdout.write(`${dashboard.url}\n`);
}

/** `--allow-actions` lets Bull Board retry, promote and remove jobs. */
function readFlags(): Partial<Settings> {
  try {
    const { values } = parseArgs({ options: { "allow-actions": { type: "boolean" } } });
    return values["allow-actions"] === undefined ? {} : { dashboardActions: values["allow-actions"] };
  } catch (error) {
    throw new UsageError(`${messageOf(error)} The dashboard knows --allow-actions only.`, error);
  }
}
