import { readFile } from "node:fs/promises";
import { fastify, type FastifyInstance } from "fastify";
import { listRuns, readProgress, type Queues, type RunProgress } from "@mammoflow/jobs";
import { AppError, messageOf, type Logger } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { askQueue, isAway } from "./ask-queue.ts";
import { addErrorPages, notFound } from "./error-pages.ts";
import { addGuard, requireLoopback } from "./guard.ts";
import { createLive } from "./live.ts";
import { runPage, runPicture } from "./pages/run-page.ts";
import { runsPage, runsPicture } from "./pages/runs-page.ts";
import { addQueueBoard } from "./queue-board.ts";
import { addRunObjects } from "./run-objects.ts";
import { createRunViews, type RunView } from "./run-view.ts";

export interface DashboardOptions {
  /** On a connection that waits for its server (`connectRedis(url, "worker")`); it stays the caller's. */
  queues: Queues;
  /** Opens the store that a run's record names. */
  openStore: (address: string) => ObjectStore;
  log: Logger;
  host: string;
  /** Something else keeps strangers from a host that is not this machine alone. */
  isFenced?: boolean;
  /** 0: any free one. */
  port: number;
  /** Lets Bull Board retry, promote and remove jobs. */
  allowActions: boolean;
}

export interface Dashboard {
  url: string;
  close(): Promise<void>;
}

/** The list shows so many; older runs keep their pages. */
const listedRuns = 100;
const sampleMs = 1000;

/**
 * Serves the runs' pages and Bull Board.
 *
 * @throws AppError `DASHBOARD_HOST_OPEN` when the host is not this machine alone; `DASHBOARD_PORT` when the port is taken
 */
export async function createDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { queues, log, port, allowActions } = options;
  const host = requireLoopback(options.host, options.isFenced === true);
  const stores = keepStores(options.openStore);
  const views = createRunViews(queues, stores.open);
  const live = createLive({ intervalMs: sampleMs });
  // Names of studies and images come in addresses; event streams end with the server.
  const app = fastify({ routerOptions: { maxParamLength: 1024 }, forceCloseConnections: true });
  addGuard(app);
  addErrorPages(app, log);
  await addAssets(app);

  const viewOf = async (runId: string): Promise<RunView> => {
    const view = await views.read(runId);
    if (!view)
      throw notFound(
        `The queue knows no run ${runId}: \`mammoflow resume ${runId} --out <store>\` brings one back from its store.`,
      );
    return view;
  };
  const runs = (): Promise<RunProgress[]> => askQueue(queues, () => listProgress(queues));

  app.get("/", async (_, reply) => reply.type("text/html").send(runsPage(await runs())));
  app.get("/events", async (_, reply) =>
    reply.type("text/event-stream").send(live.watch("runs", async () => runsPicture(await runs()))),
  );
  app.get<RunParams>("/runs/:id", async ({ params: { id } }, reply) =>
    reply.type("text/html").send(runPage(await viewOf(id))),
  );
  app.get<RunParams>("/runs/:id/events", async ({ params: { id } }, reply) => {
    // A stream that is open says itself that the queue is away, and goes on when it is back.
    await viewOf(id).catch(unlessAway);
    return reply.type("text/event-stream").send(live.watch(`run ${id}`, async () => runPicture(await viewOf(id))));
  });
  app.get("/healthz", async (_, reply) => {
    const isUp = !isAway(queues) && (await askQueue(queues, () => queues.redis.ping()).catch(() => "")) === "PONG";
    return reply.status(isUp ? 200 : 503).send({ status: isUp ? "ok" : "unavailable", queue: isUp ? "up" : "away" });
  });
  addRunObjects(app, { queues, openStore: stores.open });
  await addQueueBoard(app, { queues, allowActions });

  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw new AppError({
      code: "DASHBOARD_PORT",
      message: `The dashboard cannot listen on ${host}:${port} (${messageOf(error)}): stop what uses that port, or choose another by MAMMOFLOW_DASHBOARD_PORT.`,
      cause: error,
    });
  });
  return {
    url,
    async close() {
      await live.close();
      await app.close();
      await stores.close();
    },
  };
}

interface RunParams {
  Params: { id: string };
}

function unlessAway(error: unknown): void {
  if (!(error instanceof AppError && error.code === "QUEUE_AWAY")) throw error;
}

/** The newest runs with how far they are. */
async function listProgress(queues: Queues): Promise<RunProgress[]> {
  const records = await listRuns(queues.redis, listedRuns);
  const runs = await Promise.all(records.map(({ runId }) => readProgress(queues, runId)));
  return runs.filter((run) => run !== undefined);
}

/** Each store is opened once. */
function keepStores(openStore: (address: string) => ObjectStore): {
  open: (address: string) => ObjectStore;
  close: () => Promise<void>;
} {
  const opened = new Map<string, ObjectStore>();
  return {
    open(address) {
      const store = opened.get(address) ?? openStore(address);
      opened.set(address, store);
      return store;
    },
    async close() {
      await Promise.all([...opened.values()].map((store) => store.close()));
    },
  };
}

/** The files that pages load: the same few from sources and from compiled code, both one folder below. */
async function addAssets(app: FastifyInstance): Promise<void> {
  const types = {
    "dashboard.css": "text/css; charset=utf-8",
    "dashboard.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
  };
  for (const [name, type] of Object.entries(types)) {
    const bytes = await readFile(new URL(`../assets/${name}`, import.meta.url));
    app.get(`/assets/${name}`, async (_, reply) => reply.type(type).header("cache-control", "no-cache").send(bytes));
  }
}
