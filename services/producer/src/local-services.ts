import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AppError,
  settingsEnvironment,
  startEmbeddedRedis,
  supervise,
  type ServiceSpec,
  type Settings,
} from "@mammoflow/runtime";
import { note } from "./terminal.ts";

export interface LocalServices {
  redisUrl: string;
  /** Undefined when no dashboard was asked for. */
  dashboardUrl: string | undefined;
  close(): Promise<void>;
}

export interface LocalChoice {
  preprocessWorkers: number;
  trainWorkers: number;
  hasDashboard: boolean;
}

/** A dashboard that does not listen by then is said to be late; it is started again for as long as it takes. */
const dashboardPatienceMs = 20_000;

/**
 * Starts a queue server, workers and the dashboard as children of this process; their logs lie in `homeDir`/logs. Gives them
 * once the dashboard listens, so that its address can be opened as soon as it is told.
 */
export async function startLocalServices(settings: Settings, choice: LocalChoice): Promise<LocalServices> {
  const redis = settings.redisUrl === undefined ? await startEmbeddedRedis(settings) : undefined;
  const redisUrl = settings.redisUrl ?? redis?.url ?? "";
  const dashboardPort = choice.hasDashboard
    ? await freePort(settings.dashboardHost, settings.dashboardPort)
    : settings.dashboardPort;
  const environment = settingsEnvironment({ ...settings, redisUrl, dashboardPort });
  const service = (name: string, main: string, extra: Record<string, string> = {}): ServiceSpec => ({
    name,
    main,
    environment: { ...environment, ...extra },
    logFile: join(settings.homeDir, "logs", `${name}.log`),
  });
  const specs = [
    ...numbered("preprocess-worker", choice.preprocessWorkers).map((name) =>
      service(name, import.meta.resolve("@mammoflow/preprocess-worker/main")),
    ),
    // TensorFlow reads its log level before the first line of ours can run.
    ...numbered("train-worker", choice.trainWorkers).map((name) =>
      service(name, import.meta.resolve("@mammoflow/train-worker/main"), { TF_CPP_MIN_LOG_LEVEL: "3" }),
    ),
    ...(choice.hasDashboard ? [service("dashboard", import.meta.resolve("@mammoflow/dashboard/main"))] : []),
  ];
  const supervisor = supervise(specs, (name, code) =>
    note(
      `${name} ended (${code === null ? "killed" : `code ${code}`}) and is started again; its log: ${join(settings.homeDir, "logs", `${name}.log`)}`,
    ),
  );
  if (choice.hasDashboard && !(await listens(settings.dashboardHost, dashboardPort)))
    note(`The dashboard does not answer yet; its log: ${join(settings.homeDir, "logs", "dashboard.log")}`);
  return {
    redisUrl,
    dashboardUrl: choice.hasDashboard ? `http://${settings.dashboardHost}:${dashboardPort}` : undefined,
    async close() {
      await supervisor.close();
      await redis?.close();
    },
  };
}

/** Whether somebody listens there before patience ends. */
async function listens(host: string, port: number): Promise<boolean> {
  for (const end = Date.now() + dashboardPatienceMs; Date.now() < end; await sleep(50)) {
    const socket = connect({ host, port });
    const isOpen = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return true;
  }
  return false;
}

function numbered(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index + 1}`);
}

/** The port, or the first free one of the next twenty, so that a second demo does not fail on the first one's dashboard. */
async function freePort(host: string, port: number): Promise<number> {
  for (let candidate = port; candidate < port + 20; candidate++) {
    const found = await new Promise<number | undefined>((resolve) => {
      const server = createServer();
      server.once("error", () => resolve(undefined));
      server.listen(candidate, host, () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" && address ? address.port : candidate));
      });
    });
    if (found !== undefined) return found;
  }
  throw new AppError({
    code: "PORT_TAKEN",
    message: `The ports ${port} to ${port + 19} on ${host} are taken: choose another with --port or MAMMOFLOW_DASHBOARD_PORT.`,
  });
}
