import { readFile } from "node:fs/promises";
import type { PassThrough } from "node:stream";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { addGuard, addPeople, createPeople, isLoopback, may, readUsers, type Person } from "@mammoflow/http";
import { appendDashboardAudit, listRuns, readProgress, type Queues, type RunProgress } from "@mammoflow/jobs";
import { AppError, messageOf, type Logger } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { acceptForms } from "./accept-forms.ts";
import { askQueue, isAway } from "./ask-queue.ts";
import { addAudit } from "./audit.ts";
import { addErrorPages, notFound, sendFailure } from "./error-pages.ts";
import { createLive } from "./live.ts";
import { runPage, runPicture } from "./pages/run-page.ts";
import { runsPage, runsPicture } from "./pages/runs-page.ts";
import { addQueueBoard } from "./queue-board.ts";
import { addRunActions } from "./run-actions.ts";
import { addRunObjects } from "./run-objects.ts";
import { createRunViews, type RunView } from "./run-view.ts";
import { sendPage } from "./send-page.ts";
import { addSignIn, askToSignIn } from "./sign-in.ts";
import { addStart, type StartOptions } from "./start/start.ts";

export interface DashboardOptions {
  /** On a connection that waits for its server (`connectRedis(url, "worker")`); it stays the caller's. */
  queues: Queues;
  /** Opens the store that a run's record names. */
  openStore: (address: string) => ObjectStore;
  log: Logger;
  host: string;
  /** 0: any free one. */
  port: number;
  /** The address under which browsers come, where it is not this machine's; with `https:` cookies go by TLS alone. */
  publicUrl?: string | undefined;
  /** Addresses of proxies whose word for whom they serve is taken. */
  trustedProxies?: string | undefined;
  /** Who may sign in; while it holds nobody, who reaches this machine's loopback may do all. */
  usersFile: string;
  /** The store of the dashboard's own audit log; stays the caller's. */
  auditStore: ObjectStore;
  /** Who audit logs name where nobody signs in. */
  who: string;
  /** Lets Bull Board retry, promote and remove jobs where nobody signs in. */
  allowActions: boolean;
  start: StartOptions;
}

export interface Dashboard {
  url: string;
  close(): Promise<void>;
}

/** The list shows so many; older runs keep their pages. */
const listedRuns = 100;
const sampleMs = 1000;

/** How often it is asked whether the reader of a stream may still read. */
const stillWelcomeMs = 10_000;

/**
 * Serves the runs' pages and Bull Board to the people who may see them.
 *
 * @throws AppError `DASHBOARD_HOST_OPEN` when others reach the host and nobody could sign in; `DASHBOARD_PORT` when the
 * port is taken; `USERS_FILE`
 */
export async function createDashboard(options: DashboardOptions): Promise<Dashboard> {
  const { queues, log, host, port, publicUrl, usersFile, auditStore } = options;
  await requireUsers(options);
  const stores = keepStores(options.openStore);
  const views = createRunViews(queues, stores.open);
  const live = createLive({ intervalMs: sampleMs });
  // Names of studies and images come in addresses; event streams end with the server.
  const app = fastify({
    routerOptions: { maxParamLength: 1024 },
    forceCloseConnections: true,
    trustProxy: options.trustedProxies ?? false,
  });
  // An address that stands for all of the machine's is nobody's name.
  const ownNames = [publicUrl === undefined ? "" : new URL(publicUrl).hostname, host === "0.0.0.0" ? "" : host];
  addGuard(app, {
    service: "dashboard",
    isOwnName: (name) => isLoopback(name) || (name !== "" && ownNames.includes(name)),
    origin: "always",
    answer: sendFailure,
  });
  addErrorPages(app, log);
  acceptForms(app);

  const record = (event: Parameters<typeof appendDashboardAudit>[1]): Promise<unknown> =>
    appendDashboardAudit(auditStore, event);
  const people = createPeople({
    usersFile,
    withoutUsers: isLoopback(host) ? { name: options.who, role: "admin", isSignedIn: false } : undefined,
    record: async (event) => void (await record(event)),
  });
  const isSecure = publicUrl?.startsWith("https:") === true;
  const signedIn = await addPeople(app, { people, isSecure, askToSignIn, answer: sendFailure });
  addSignIn(app, { people, signedIn, isSecure, log });
  await addAssets(app);

  /** A stream of events for as long as its reader may read. */
  const sendEvents = (request: FastifyRequest, reply: FastifyReply, stream: PassThrough): FastifyReply => {
    const check = setInterval(() => {
      void people
        .find(signedIn.secretOf(request))
        .catch(() => undefined)
        .then((person) => person ?? stream.end("event: leave\ndata: {}\n\n"));
    }, stillWelcomeMs);
    stream.once("close", () => clearInterval(check));
    return reply.type("text/event-stream").send(stream);
  };

  const viewOf = async (runId: string): Promise<RunView> => {
    const view = await views.read(runId);
    if (!view)
      throw notFound(
        `The queue knows no run ${runId}: \`mammoflow resume ${runId} --out <store>\` brings one back from its store.`,
      );
    return view;
  };
  const runs = (): Promise<RunProgress[]> => askQueue(queues, () => listProgress(queues));

  app.get("/", async (request, reply) => sendPage(reply, runsPage(await runs(), request)));
  app.get("/events", async (request, reply) =>
    sendEvents(
      request,
      reply,
      live.watch("runs", async () => runsPicture(await runs())),
    ),
  );
  app.get<RunParams>("/runs/:id", async (request, reply) =>
    sendPage(reply, runPage(await viewOf(request.params.id), request)),
  );
  app.get<RunParams>("/runs/:id/events", async (request, reply) => {
    const { id } = request.params;
    // A stream that is open says itself that the queue is away, and goes on when it is back.
    await viewOf(id).catch(unlessAway);
    return sendEvents(
      request,
      reply,
      live.watch(`run ${id}`, async () => runPicture(await viewOf(id))),
    );
  });
  app.get("/healthz", { config: { isOpen: true } }, async (_, reply) => {
    const isUp = !isAway(queues) && (await askQueue(queues, () => queues.redis.ping()).catch(() => "")) === "PONG";
    return reply.status(isUp ? 200 : 503).send({ status: isUp ? "ok" : "unavailable", queue: isUp ? "up" : "away" });
  });
  addRunObjects(app, { queues, openStore: stores.open });
  const start = addStart(app, options.start);
  addRunActions(app, { queues, openStore: stores.open });
  addAudit(app, { queues, openStore: stores.open, dashboardStore: auditStore, usersFile });
  const mayChange = (person: Person | undefined): boolean =>
    person !== undefined && (person.isSignedIn ? may(person.role, "operate") : options.allowActions);
  await addQueueBoard(app, { queues, signedIn, mayChange, record });

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
      await start.close();
      await app.close();
      await stores.close();
    },
  };
}

/** @throws AppError `DASHBOARD_HOST_OPEN` when the address could be reached from another machine and nobody could sign in */
async function requireUsers({ host, usersFile }: DashboardOptions): Promise<void> {
  if ((await readUsers(usersFile)).length > 0 || isLoopback(host)) return;
  throw new AppError({
    code: "DASHBOARD_HOST_OPEN",
    message: `The dashboard would listen on ${host}, where other machines reach it, and ${usersFile} holds nobody who could sign in: run \`mammoflow users add NAME --role admin\`, or leave MAMMOFLOW_DASHBOARD_HOST at 127.0.0.1.`,
  });
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
    app.get(`/assets/${name}`, { config: { isOpen: true } }, async (_, reply) =>
      reply.type(type).header("cache-control", "no-cache").send(bytes),
    );
  }
}
