import { parseArgs } from "node:util";
import { connectRedis, openQueues } from "@mammoflow/jobs";
import {
  AppError,
  auditAddressOf,
  closeOnSignal,
  createLogger,
  loadSettings,
  messageOf,
  requireRedisUrl,
  settingsEnvironment,
  UsageError,
  usersFileOf,
  whoAmI,
  type Settings,
} from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { serveQueueMetrics } from "./serve-queue-metrics.ts";
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
  const auditStore = openStore(auditAddressOf(settings), settings.gcsEndpoint);
  const dashboard = await createDashboard({
    queues,
    openStore: (address) => openStore(address, settings.gcsEndpoint),
    log,
    host: settings.dashboardHost,
    port: settings.dashboardPort,
    publicUrl: settings.dashboardUrl,
    trustedProxies: settings.trustedProxies,
    usersFile: usersFileOf(settings),
    auditStore,
    who: whoAmI(settings),
    allowActions: settings.dashboardActions,
    start: { dataRoots: settings.dataRoots, out: settings.out, environment: settingsEnvironment(settings) },
  });
  const metrics =
    settings.metricsPort === undefined ? undefined : await serveQueueMetrics(queues, settings.metricsPort);
  closeOnSignal(
    [dashboard, ...(metrics ? [metrics] : []), auditStore, queues, { close: async () => queues.redis.disconnect() }],
    log,
  );
  log.info({ url: dashboard.url }, "the dashboard is up");
  process.stdout.write(`${dashboard.url}\n`);
}

/** `--allow-actions` lets Bull Board retry, promote and remove jobs where nobody signs in. */
function readFlags(): Partial<Settings> {
  try {
    const { values } = parseArgs({ options: { "allow-actions": { type: "boolean" } } });
    return values["allow-actions"] === undefined ? {} : { dashboardActions: values["allow-actions"] };
  } catch (error) {
    throw new UsageError(`${messageOf(error)} The dashboard knows --allow-actions only.`, error);
  }
}
