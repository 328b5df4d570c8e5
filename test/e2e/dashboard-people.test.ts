import assert from "node:assert/strict";
import type { Dashboard } from "@mammoflow/dashboard/server";
import { changeUsers } from "@mammoflow/http";
import { connectRedis, openQueues, readAudit, readAuditLog, readRun, submitRun, type Queues } from "@mammoflow/jobs";
import { AppError } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import type { BrowserContext, Page } from "playwright-core";
import { faultsOf } from "../support/accessibility.ts";
import { useBrowser } from "../support/browser.ts";
import { runCli } from "../support/cli.ts";
import { startDashboard, writeUsers } from "../support/dashboard.ts";
import { useRedis } from "../support/redis.ts";
import { rehearsedConfig, rehearsedStudies, startRehearsal } from "../support/rehearsed-run.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/waiting.ts";

describe("people on the dashboard, in a browser", function () {
  this.timeout(60_000);
  const closing: { close(): Promise<void> }[] = [];
  // Before the server's own hook: workers close with their server there.
  after(async () => {
    await dashboard?.close();
    await Promise.all(closing.map((each) => each.close()));
    await queues?.close();
    queues?.redis.disconnect();
  });
  const redis = useRedis();
  const folder = useTemporaryFolder();
  const chromium = useBrowser();
  let store: ObjectStore;
  let queues: Queues;
  let dashboard: Dashboard;
  let usersFile: string;
  const contexts: BrowserContext[] = [];

  before(async () => {
    store = openStore(folder.path);
    queues = openQueues(await connectRedis(redis.url, "worker"));
    usersFile = await writeUsers(folder.path, { vera: "viewer", otto: "operator", alma: "auditor", ada: "admin" });
    dashboard = await startDashboard(queues, folder.path);
    let fails = true;
    const rehearsal = await startRehearsal(
      { redisUrl: redis.url, queues, store },
      {
        beforeJob: async ({ name }) => {
          if (name === "study-0007" && fails)
            throw new AppError({ code: "DICOM_TRUNCATED", message: "x.dicom ends early." });
        },
      },
    );
    await submitRun({ store, queues, who: "nina" }, rehearsedConfig("trial", 20, 10), rehearsedStudies(20));
    await until(async () => (await readRun(queues.redis, "trial"))?.state === "done", 30_000);
    fails = false;
    closing.push(rehearsal);
  });
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  });
  const openPage = async (): Promise<Page> => {
    const context = await chromium.browser.newContext();
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    return page;
  };
  const signIn = async (page: Page, name: string, password = `${name}-password`): Promise<void> => {
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  const openAs = async (name: string, path = "/"): Promise<Page> => {
    const page = await openPage();
    await page.goto(dashboard.url + path);
    await signIn(page, name);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    return page;
  };

  it("shows nothing of a run to who is not signed in", async () => {
    for (const path of [
      "/",
      "/runs/trial",
      "/runs/trial/report/index.html",
      "/runs/trial/run.yaml",
      "/queues/",
      "/audit",
    ]) {
      const answer = await fetch(dashboard.url + path, { redirect: "manual", headers: { accept: "text/html" } });
      assert.equal(answer.status, 303, path);
      assert.match(String(answer.headers.get("location")), /^\/login/, path);
      assert.equal((await fetch(dashboard.url + path, { headers: { accept: "application/json" } })).status, 401, path);
    }
    assert.equal((await fetch(`${dashboard.url}/queues/api/queues`)).status, 401);
    assert.equal((await fetch(`${dashboard.url}/healthz`)).status, 200);
  });

  it("leads who signs in to the page that was asked for, and out again", async () => {
    const page = await openAs("vera", "/runs/trial");
    assert.equal(page.url(), `${dashboard.url}/runs/trial`);
    await page.getByText("vera, viewer").waitFor();
    const [before] = await page.context().cookies();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    // The old cookie opens nothing either.
    const answer = await fetch(`${dashboard.url}/`, { headers: { cookie: `${before!.name}=${before!.value}` } });
    assert.equal(answer.status, 401);
  });

  it("never leads to another site after signing in", async () => {
    for (const to of ["//evil.example/", "https://evil.example/", "/\\evil.example"]) {
      const page = await openPage();
      await page.goto(`${dashboard.url}/login?to=${encodeURIComponent(to)}`);
      await signIn(page, "vera");
      await page.getByRole("heading", { name: "Runs" }).waitFor();
      assert.equal(page.url(), `${dashboard.url}/`);
    }
  });

  it("keeps the session in a cookie that scripts and other sites do not get, new at each sign-in", async () => {
    const page = await openPage();
    await page.goto(dashboard.url);
    const [planted] = await page.context().cookies();
    await signIn(page, "vera");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const [cookie] = await page.context().cookies();
    assert.deepEqual([cookie!.httpOnly, cookie!.sameSite, cookie!.secure], [true, "Lax", false]);
    assert.notEqual(cookie!.value, planted!.value);
    assert.equal(await page.evaluate("document.cookie"), "");
  });

  it("lets cookies go by TLS alone where browsers come by TLS, under its public name", async () => {
    const behindProxy = await startDashboard(queues, folder.path, { publicUrl: "https://mammo.example.org" });
    try {
      const { port } = new URL(behindProxy.url);
      const answer = await fetch(`http://localhost:${port}/login`);
      assert.match(
        String(answer.headers.get("set-cookie")),
        /^__Host-mammoflow=.*; Path=\/; HttpOnly; Secure; SameSite=Lax/,
      );
    } finally {
      await behindProxy.close();
    }
  });

  it("says that a password is wrong, the same for a name that nobody has, and refuses after five attempts", async () => {
    const limited = await startDashboard(queues, folder.path);
    try {
      const page = await openPage();
      await page.goto(limited.url);
      const refusal = page.getByRole("alert").getByText("Name and password do not belong together.");
      await signIn(page, "nobody", "whatever it is");
      await refusal.waitFor();
      for (let attempt = 1; attempt <= 5; attempt++) {
        await signIn(page, "otto", `wrong ${attempt}`);
        await refusal.waitFor();
      }
      await signIn(page, "otto");
      await page
        .getByRole("alert")
        .getByText(/Too many attempts to sign in: try again in 15 min/)
        .waitFor();
      await signIn(page, "vera");
      await page.getByRole("button", { name: "Sign out" }).waitFor();
    } finally {
      await limited.close();
    }
    const { lines } = (await readAuditLog({ queues, openStore, dashboardStore: store, usersFile }, { who: "otto" }))!;
    assert.equal(lines.filter(({ action }) => action === "sign-in-refused").length, 5);
    const { lines: others } = (await readAuditLog({ queues, openStore, dashboardStore: store, usersFile }, {}))!;
    assert.ok(!others.some(({ who }) => who === "nobody"), "a name that nobody has may be a password");
  });

  it("refuses a viewer what changes something, on a page that says who may", async () => {
    const page = await openAs("vera", "/runs/trial");
    assert.equal(await page.getByRole("button", { name: /this run|failed studies/ }).count(), 0);
    assert.equal(await page.getByRole("link", { name: "Audit" }).count(), 0);
    const { status, text } = await postFrom(page, "/runs/trial/retry");
    assert.equal(status, 403);
    assert.match(text, /This is not allowed.*vera is signed in as viewer, and this takes the role operator or admin/s);
    const audit = await page.goto(`${dashboard.url}/audit`);
    assert.equal(audit!.status(), 403);
    await page.getByText("this takes the role auditor or admin").waitFor();
    assert.equal((await readRun(queues.redis, "trial"))?.generation, 1);
  });

  it("shows Bull Board's buttons to operators alone, and takes changes from nobody else", async () => {
    const pause = "/queues/api/queues/learn/pause";
    for (const [name, may] of [
      ["vera", false],
      ["alma", false],
      ["otto", true],
    ] as const) {
      const page = await openAs(name);
      await page.goto(`${dashboard.url}/queues/queue/learn`);
      await page.getByText("Research use only. Human review required.").waitFor();
      const answer = await page.evaluate<number>(`fetch("${pause}", {
        method: "PUT",
        headers: { "x-xsrf-token": document.cookie.replace(/.*XSRF-TOKEN=([^;]*).*/, "$1") },
      }).then((answer) => answer.status)`);
      assert.equal(answer, may ? 200 : 403, name);
      assert.equal(await queues.queue.learn.isPaused(), may, name);
      const listed = await page.evaluate<{ queues: { readOnlyMode: boolean }[] }>(
        `fetch("/queues/api/queues").then((answer) => answer.json())`,
      );
      assert.ok(
        listed.queues.every(({ readOnlyMode }) => readOnlyMode === !may),
        name,
      );
      assert.equal(await page.evaluate(`fetch("${pause}", { method: "PUT" }).then((answer) => answer.status)`), 403);
    }
    await queues.queue.learn.resume();
  });

  it("lets an operator retry a failed study, and reads the report", async () => {
    const page = await openAs("otto", "/runs/trial");
    await page.getByText("mammoflow retry trial --failed").waitFor();
    await page.getByRole("button", { name: "Run failed studies again" }).click();
    await page.getByRole("status").getByText("All stages are through").waitFor();
    assert.equal((await readRun(queues.redis, "trial"))?.generation, 2);
    const { events } = await readAudit(store, "trial");
    assert.deepEqual(
      events.filter(({ action }) => action === "submit" || action === "retry").map(({ who }) => who),
      ["nina", "otto"],
    );
    await page.getByRole("link", { name: "Open the report" }).click();
    await page.getByRole("heading", { name: "The report" }).waitFor();
  });

  it("lets an operator stop a run and go on with it", async () => {
    await queues.queue.preprocess.pause();
    await submitRun({ store, queues, who: "nina" }, rehearsedConfig("halted", 5), rehearsedStudies(5));
    const page = await openAs("otto", "/runs/halted");
    await page.getByRole("button", { name: "Stop this run" }).click();
    await page.getByText("cancelled by otto").waitFor();
    assert.equal(await page.getByRole("button", { name: "Stop this run" }).isVisible(), false);
    await queues.queue.preprocess.resume();
    await until(async () => (await postFrom(page, "/runs/halted/resume")).status === 200);
    await until(async () => (await readRun(queues.redis, "halted"))?.state === "done");
  });

  it("refuses a form without its token, and one of another session", async () => {
    const page = await openAs("otto", "/runs/trial");
    for (const token of ["", "x".repeat(43)]) {
      const { status, text } = await postFrom(page, "/runs/trial/resume", token);
      assert.equal(status, 403);
      assert.match(text, /nothing was changed/);
    }
    const other = await openAs("ada", "/runs/trial");
    const foreign = await tokenOf(other);
    assert.equal((await postFrom(page, "/runs/trial/resume", foreign)).status, 403);
    assert.equal((await readRun(queues.redis, "trial"))?.generation, 2);
  });

  it("shows auditors who did what, newest first, by run and by person, with the command that does the same", async () => {
    const page = await openAs("alma", "/audit");
    const rows = page.locator("table.audit tbody tr");
    assert.match(await rows.first().innerText(), /alma\s+signed-in/);
    await page.getByRole("cell", { name: "changed-queue" }).first().waitFor();
    await page.getByLabel("Run").fill("trial");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByRole("heading", { name: "Audit log of trial" }).waitFor();
    assert.match(await rows.first().innerText(), /preprocess-worker|otto/);
    assert.match(await rows.last().innerText(), /nina\s+submit/);
    await page.getByLabel("Person").fill("otto");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.getByText("mammoflow audit trial --who otto").waitFor();
    assert.equal(await rows.count(), 1);
    assert.match(await rows.innerText(), /otto\s+retry/);
    const settings = { REDIS_URL: redis.url, MAMMOFLOW_OUT: folder.path, MAMMOFLOW_USERS: usersFile };
    const { code, stdout } = await runCli(["audit", "trial", "--who", "otto"], settings);
    assert.equal(code, 0);
    assert.match(stdout, /^\S+ +otto +retry +trial .*\n$/);
    await page.goto(`${dashboard.url}/runs/trial`);
    assert.equal(await page.getByRole("button", { name: /this run|failed studies/ }).count(), 0);
    await page.getByRole("link", { name: "Configuration" }).click();
    await page.getByText("recipeHash").waitFor();
  });

  it("puts out at once who is removed, also from a page that is open", async () => {
    await changeUsers(usersFile, (users) => [...users, { ...users[0]!, name: "guest", role: "viewer" }]);
    // The first by name is ada, whose password the guest has now.
    const page = await openPage();
    await page.goto(`${dashboard.url}/runs/trial`);
    await signIn(page, "guest", "ada-password");
    await page.getByText("guest, viewer").waitFor();
    await page.goto(dashboard.url);
    await changeUsers(usersFile, (users) => users.filter(({ name }) => name !== "guest"));
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  });

  it("has no serious fault for people who see or use a page otherwise", async () => {
    const signInPage = await openPage();
    await signInPage.goto(`${dashboard.url}/login`);
    assert.deepEqual(await faultsOf(signInPage), []);
    const page = await openAs("ada");
    for (const path of ["/", "/runs/trial", "/audit", "/nowhere"]) {
      await page.goto(dashboard.url + path);
      assert.deepEqual(await faultsOf(page), [], path);
    }
  });

  /** By the page itself, as its form would: through the browser's own cookies and origin. */
  async function postFrom(page: Page, path: string, token?: string): Promise<{ status: number; text: string }> {
    const formToken = token ?? (await tokenOf(page));
    return page.evaluate(
      `fetch("${path}", {
        method: "POST",
        headers: { accept: "text/html" },
        body: new URLSearchParams({ formToken: ${JSON.stringify(formToken)} }),
      }).then(async (answer) => ({ status: answer.status, text: await answer.text() }))`,
    );
  }
  async function tokenOf(page: Page): Promise<string> {
    return page.locator("input[name=formToken]").first().inputValue();
  }
});
