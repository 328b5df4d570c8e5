import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request, type IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { connectRedis, objectNames, openQueues, readRun, submitRun, type Queues } from "@mammoflow/jobs";
import { AppError, startEmbeddedRedis, type EmbeddedRedis } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import type { Dashboard } from "@mammoflow/dashboard/server";
import { startDashboard, writeUsers } from "../support/dashboard.ts";
import { cacheDir, redis as redisPart, skipUnless } from "../support/parts.ts";
import { useRedis } from "../support/redis.ts";
import { rehearsedConfig, rehearsedStudies, startRehearsal } from "../support/rehearsed-run.ts";
import { until } from "../support/waiting.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request whose every header is the test's own, as no browser would let a page choose them. */
function ask(
  address: string,
  { method = "GET", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(address, { method, headers: { accept: "text/html", ...headers } }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text: flat(text) }));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Markup without the line breaks that only its source has. */
function flat(markup: string): string {
  return markup.replace(/>\s*\n +</g, "><").replace(/\s*\n +/g, " ");
}

/** What Bull Board's page sends along: the cookie that it was given, and the token of its forms. */
async function tokenHeaders(dashboard: Dashboard): Promise<Record<string, string>> {
  const { headers } = await ask(`${dashboard.url}/queues/`);
  const cookies = (headers["set-cookie"] ?? []).map((cookie) => cookie.split(";", 1)[0] ?? "");
  const token = cookies.find((cookie) => cookie.startsWith("XSRF-TOKEN="))?.slice("XSRF-TOKEN=".length) ?? "";
  return { cookie: cookies.join("; "), "x-xsrf-token": token };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe("the dashboard", function () {
  this.timeout(60_000);
  const redis = useRedis();
  const folder = useTemporaryFolder();
  let store: ObjectStore;
  let queues: Queues;
  let dashboard: Dashboard;

  before(async () => {
    store = openStore(folder.path);
    queues = openQueues(await connectRedis(redis.url, "worker"));
    dashboard = await startDashboard(queues, folder.path);
    const rehearsal = await startRehearsal(
      { redisUrl: redis.url, queues, store },
      {
        beforeJob: async ({ name }) => {
          if (name === "study-0007")
            throw new AppError({
              code: "DICOM_TRUNCATED",
              message: "x.dicom <b>ends</b> early: run `mammoflow validate`.",
            });
        },
      },
    );
    await submitRun({ store, queues, who: "test" }, rehearsedConfig("whole", 20, 10), rehearsedStudies(20));
    await ended("whole");
    await rehearsal.close();
    await sleep(5); // the list is ordered by the millisecond
    await submitRun({ store, queues, who: "test" }, rehearsedConfig("waiting", 5), rehearsedStudies(5));
  });
  after(async () => {
    await dashboard?.close();
    await queues?.close();
    queues?.redis.disconnect();
  });

  const ended = async (runId: string): Promise<void> => {
    for (let waited = 0; waited < 30_000; waited += 50) {
      const run = await readRun(queues.redis, runId);
      if (run && run.state !== "running") return assert.equal(run.state, "done", run.reason);
      await sleep(50);
    }
    throw new Error(`${runId} did not end`);
  };

  it("lists the runs, newest first, with their states", async () => {
    const { status, text } = await ask(`${dashboard.url}/`);
    assert.equal(status, 200);
    assert.deepEqual(
      [...text.matchAll(/href="\/runs\/([^"]*)"/g)].map(([, id]) => id),
      ["waiting", "whole"],
    );
    assert.match(text, /badge running">Running.*badge done">Done/s);
    assert.match(text, /aria-valuetext="0 studies done, of 5"/);
  });

  it("shows what came of a run: stages, results, reasons, images, and what to type", async () => {
    const { text } = await ask(`${dashboard.url}/runs/whole`);
    assert.match(text, /aria-valuetext="19 studies done, 1 failed, of 20"/);
    assert.match(text, /2 of 4 evaluated/);
    assert.match(
      text,
      /mobilenetv2.*not run.*No weights of MobileNetV2 are here.*<code>mammoflow weights pull mobilenetv2<\/code>/s,
    );
    assert.match(text, /data-label="AUC"><span>0\.\d{3}<\/span><small>0\.\d{3} to 0\.\d{3}/);
    assert.match(
      text,
      /study-0007.*x\.dicom &#60;b&#62;ends&#60;\/b&#62; early: run <code>mammoflow validate<\/code>/s,
    );
    assert.equal(text.match(/<img src="\/runs\/whole\/images\//g)?.length, 12);
    assert.match(text.replace(/<\/?span>/g, ""), /mammoflow retry whole --failed/);
    assert.match(text, /href="\/runs\/whole\/report\/index\.html"/);
    assert.match(text, /Research use only\. Human review required\./);
  });

  it("serves a run's images, report and comparison out of its store", async () => {
    const page = (await ask(`${dashboard.url}/runs/whole`)).text;
    const image = await ask(dashboard.url + /src="(\/runs\/whole\/images\/[^"]*)"/.exec(page)![1]!);
    assert.equal(image.headers["content-type"], "image/png");
    assert.match(image.text, /^.PNG/s);
    const report = await ask(`${dashboard.url}/runs/whole/report/index.html`);
    assert.match(report.text, /The report/);
    assert.match(String(report.headers["content-security-policy"]), /default-src 'none'.*sandbox/);
    const comparison = await ask(`${dashboard.url}/runs/whole/comparison.csv`);
    assert.match(String(comparison.headers["content-type"]), /text\/csv/);
  });

  it("sends a finished run's picture and ends the stream", async () => {
    const { headers, text } = await ask(`${dashboard.url}/runs/whole/events`);
    assert.match(String(headers["content-type"]), /text\/event-stream/);
    assert.match(text, /event: picture\ndata: .*"stages":.*\n\nevent: end\n/s);
  });

  it("follows a run by events to its end", async () => {
    await submitRun({ store, queues, who: "test" }, rehearsedConfig("followed", 6), rehearsedStudies(6));
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const rehearsal = await startRehearsal(
      { redisUrl: redis.url, queues, store },
      { beforeJob: ({ kind }) => (kind === "extract" ? gate : Promise.resolve()) },
    );
    const events = ask(`${dashboard.url}/runs/followed/events`);
    await until(async () => (await readRun(queues.redis, "followed"))?.stages.extract !== undefined);
    await sleep(1500);
    open();
    const { text } = await events;
    await rehearsal.close();
    const stages = [...text.matchAll(/role=\\"status\\">([^<]*)</g)].map(([, sentence]) => sentence);
    assert.ok(stages.includes("Extracting features"), stages.join());
    assert.equal(stages.at(-1), "All stages are through");
    assert.match(text, /event: end/);
  });

  it("says what an unknown run, address or image is, and leads back", async () => {
    for (const path of [
      "/runs/nothing",
      "/nowhere",
      "/runs/whole/images/study-0001/none.png",
      "/runs/whole/images/..%2f..%2fx/y.png",
      "/runs/whole/dataset-report",
      "/runs/whole/models/none/report.html",
      "/runs/whole/models/resnet18-none-head-s1/metrics.json",
      "/runs/whole/models/..%2f..%2fx/report.html",
    ]) {
      const { status, text } = await ask(dashboard.url + path);
      assert.equal(status, 404, path);
      assert.match(text, /There is no such page.*To the list of runs/s, path);
    }
    assert.match(
      (await ask(`${dashboard.url}/runs/nothing`)).text,
      /<code>mammoflow resume nothing --out &#60;store&#62;<\/code>/,
    );
  });

  it("shows a run whose store is gone, and says so", async () => {
    const gone = openStore(`${folder.path}/gone`);
    await submitRun({ store: gone, queues, who: "test" }, rehearsedConfig("storeless", 1), rehearsedStudies(1));
    await gone.delete(objectNames.config("storeless"));
    const { status, text } = await ask(`${dashboard.url}/runs/storeless`);
    assert.equal(status, 200);
    assert.match(text, /store cannot be read from here.*holds no run storeless/s);
    assert.match(text, /1 study/);
  });

  it("shows all queues in Bull Board, with jobs by the names of their studies", async () => {
    const page = await ask(`${dashboard.url}/queues/`);
    assert.equal(page.status, 200);
    assert.doesNotMatch(page.text, /https?:\/\//);
    const { text } = await ask(`${dashboard.url}/queues/api/queues?activeQueue=preprocess&status=latest`);
    const { queues: listed } = JSON.parse(text) as {
      queues: { name: string; readOnlyMode: boolean; jobs: { name: string }[] }[];
    };
    assert.deepEqual(
      listed.map(({ name }) => name),
      ["preprocess", "collect", "extract", "learn"],
    );
    assert.ok(listed.every(({ readOnlyMode }) => readOnlyMode));
    assert.ok(listed[0]!.jobs.some(({ name }) => name === "study study-0007 of whole"));
  });

  it("forbids every page to load or run anything from elsewhere", async () => {
    for (const path of ["/", "/runs/whole", "/queues/", "/nowhere"]) {
      const { headers } = await ask(dashboard.url + path);
      assert.match(String(headers["content-security-policy"]), /^default-src '(none|self)';/, path);
      assert.doesNotMatch(
        String(headers["content-security-policy"]),
        /https?:|\*|unsafe-eval|script-src[^;]*unsafe/,
        path,
      );
      assert.equal(headers["x-content-type-options"], "nosniff", path);
    }
  });

  it("answers under the names of this machine only", async () => {
    const { port } = new URL(dashboard.url);
    for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example"])
      assert.equal((await ask(`${dashboard.url}/`, { headers: { host } })).status, 421, host);
    for (const host of [`localhost:${port}`, "localhost:8080", `[::1]:${port}`])
      assert.equal((await ask(`${dashboard.url}/`, { headers: { host } })).status, 200, host);
  });

  it("answers under its public name, too, where it has one", async () => {
    const usersFile = await writeUsers(join(folder.path, "proxied"), { vera: "viewer" });
    const publicUrl = "https://mammo.example.org";
    const behindProxy = await startDashboard(queues, folder.path, { host: "0.0.0.0", publicUrl, usersFile });
    try {
      const { port } = new URL(behindProxy.url);
      const get = (host: string): Promise<Answer> => ask(`http://127.0.0.1:${port}/login`, { headers: { host } });
      assert.equal((await get("mammo.example.org")).status, 200);
      for (const other of ["other.example.org", `0.0.0.0:${port}`]) assert.equal((await get(other)).status, 421, other);
    } finally {
      await behindProxy.close();
    }
  });

  it("refuses changes from other origins, without its own forms' token, and by default of queues", async () => {
    const pause = `${dashboard.url}/queues/api/queues/preprocess/pause`;
    const headers = await tokenHeaders(dashboard);
    for (const origin of [undefined, "null", "http://evil.example", "http://127.0.0.1:1"])
      assert.equal(
        (await ask(pause, { method: "PUT", headers: { ...headers, ...(origin && { origin }) } })).status,
        403,
      );
    const origin = dashboard.url;
    assert.match((await ask(pause, { method: "PUT", headers: { origin } })).text, /not from here/);
    const { status, text } = await ask(pause, { method: "PUT", headers: { ...headers, origin } });
    assert.equal(status, 403);
    assert.match(text, /for looking only/);
    assert.equal(await queues.queue.preprocess.isPaused(), false);
  });

  it("changes queues from its own pages when actions are allowed, and says in its log who did", async () => {
    const acting = await startDashboard(queues, folder.path, { allowActions: true });
    try {
      const pause = `${acting.url}/queues/api/queues/learn/pause`;
      const headers = { ...(await tokenHeaders(acting)), origin: acting.url };
      const foreign = { ...headers, origin: "http://evil.example" };
      assert.equal((await ask(pause, { method: "PUT", headers: foreign })).status, 403);
      assert.equal((await ask(pause, { method: "PUT", headers })).status, 200);
      assert.equal(await queues.queue.learn.isPaused(), true);
      await queues.queue.learn.resume();
      assert.match((await ask(`${acting.url}/audit?who=test`)).text, /changed-queue.*learn\/pause/);
    } finally {
      await acting.close();
    }
  });

  it("refuses to listen where others could reach it and nobody could sign in, and on a port that is taken", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.0.7"])
      await assert.rejects(startDashboard(queues, folder.path, { host }), {
        code: "DASHBOARD_HOST_OPEN",
        message: /mammoflow users add NAME --role admin/,
      });
    await assert.rejects(startDashboard(queues, folder.path, { port: Number(new URL(dashboard.url).port) }), {
      code: "DASHBOARD_PORT",
      message: /MAMMOFLOW_DASHBOARD_PORT/,
    });
  });

  it("starts as a service, says where it is, and ends on SIGTERM", async () => {
    const service = spawn(
      process.execPath,
      ["--conditions=source", "--import=tsx", join(import.meta.dirname, "../../services/dashboard/src/main.ts")],
      {
        env: { ...process.env, REDIS_URL: redis.url, MAMMOFLOW_DASHBOARD_PORT: "0", MAMMOFLOW_HOME: folder.path },
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    const exited = once(service, "exit");
    const [line] = (await once(service.stdout, "data")) as [Buffer];
    const { status, text } = await ask(`${line.toString().trim()}/healthz`);
    assert.deepEqual([status, JSON.parse(text)], [200, { status: "ok", queue: "up" }]);
    service.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
  });
});

describe("the dashboard without its queue", function () {
  this.timeout(60_000);
  const home = useTemporaryFolder();
  let redis: EmbeddedRedis | undefined;
  let queues: Queues;
  let dashboard: Dashboard;

  before(async function () {
    skipUnless(this, redisPart);
    redis = await startEmbeddedRedis({ homeDir: home.path, cacheDir });
    queues = openQueues(await connectRedis(redis.url, "worker"));
    dashboard = await startDashboard(queues, home.path);
  });
  after(async () => {
    await dashboard?.close();
    queues?.redis.disconnect();
    await redis?.close();
  });

  it("says that the queue is away and what to do, and comes back by itself", async () => {
    assert.equal((await ask(`${dashboard.url}/`)).status, 200);
    await redis?.close();
    await sleep(300);
    for (const path of ["/", "/runs/any", "/queues/"]) {
      const { status, text } = await ask(dashboard.url + path);
      assert.equal(status, 503, path);
      assert.match(text, /The queue is away.*<code>mammoflow up<\/code>/s, path);
    }
    assert.equal((await ask(`${dashboard.url}/healthz`)).status, 503);
    redis = await startEmbeddedRedis({ homeDir: home.path, cacheDir });
    for (let waited = 0; waited < 15_000 && (await ask(`${dashboard.url}/healthz`)).status !== 200; waited += 100)
      await sleep(100);
    assert.equal((await ask(`${dashboard.url}/`)).status, 200);
  });
});
