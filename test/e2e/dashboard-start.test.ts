import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard } from "@mammoflow/dashboard/server";
import { writePhantomDataset } from "@mammoflow/dataset";
import { connectRedis, openQueues, readAudit, readRunConfig, type Queues } from "@mammoflow/jobs";
import { openStore } from "@mammoflow/storage";
import type { Page } from "playwright-core";
import { faultsOf } from "../support/accessibility.ts";
import { useBrowser } from "../support/browser.ts";
import { startDashboard, writeUsers } from "../support/dashboard.ts";
import { useRedis } from "../support/redis.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("starting a run from the dashboard, in a browser", function () {
  this.timeout(120_000);
  const redis = useRedis();
  const folder = useTemporaryFolder();
  const chromium = useBrowser();
  let queues: Queues;
  let dashboard: Dashboard;
  let page: Page;

  before(async () => {
    queues = openQueues(await connectRedis(redis.url, "worker"));
    await writeUsers(folder.path, { otto: "operator", vera: "viewer" });
    await writePhantomDataset({ out: join(folder.path, "data", "phantoms"), studies: 8, scale: 0.1 });
    mkdirSync(join(folder.path, "data", "empty"));
    mkdirSync(join(folder.path, "secret"));
    symlinkSync(join(folder.path, "secret"), join(folder.path, "data", "leads-out"));
    dashboard = await startDashboard(queues, folder.path, {
      start: {
        dataRoots: join(folder.path, "data"),
        out: join(folder.path, "runs"),
        environment: { REDIS_URL: redis.url, MAMMOFLOW_HOME: folder.path },
      },
    });
    page = await chromium.browser.newPage({ viewport: { width: 390, height: 900 } });
    page.setDefaultTimeout(60_000);
  });
  after(async () => {
    await page?.close();
    await dashboard?.close();
    await queues?.close();
    queues?.redis.disconnect();
  });

  const signIn = async (name: string): Promise<void> => {
    await page.goto(`${dashboard.url}/login`);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(`${name}-password`);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
  };

  it("is for operators alone", async () => {
    await signIn("vera");
    assert.equal(await page.getByRole("link", { name: "Start" }).count(), 0);
    assert.equal((await page.goto(`${dashboard.url}/start`))!.status(), 403);
    await page.getByRole("button", { name: "Sign out" }).click();
  });

  it("goes from a data set to a run that waits for workers, in the name of who started it", async () => {
    await signIn("otto");
    await page.getByRole("link", { name: "Start" }).click();
    await page.getByRole("link", { name: /data\/phantoms$/ }).click();
    await page.getByText(/malignant studies +2/).waitFor();
    await page.getByText(/8 studies, 32 images, headers checked/).waitFor();
    assert.deepEqual(await faultsOf(page), []);
    await page.getByLabel("mobilenetv2").check();
    await page.getByLabel("weighted-loss", { exact: true }).uncheck();
    await page.getByLabel("study", { exact: true }).check();
    await page.getByLabel(/^Name/).fill("from-the-page");
    await page.getByRole("button", { name: "Show the plan" }).click();
    await page.getByText("8 studies with 32 images go through 4 experiments").waitFor();
    await page.getByText(/Protocol study/).waitFor();
    await page.getByText(/about .* on two cores/).waitFor();
    assert.deepEqual(await faultsOf(page), []);
    const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    assert.ok(overflow <= 0, `the plan is ${overflow} px too wide`);
    const command = await page.locator("code.command").innerText();
    assert.equal(await queues.queue.collect.getJobCountByTypes("wait", "prioritized", "waiting-children"), 0);

    await page.getByRole("button", { name: "Start this run" }).click();
    await page.getByRole("heading", { name: "from-the-page" }).waitFor();
    await page.getByText("waiting for a worker").first().waitFor();
    const store = openStore(join(folder.path, "runs"));
    const { events } = await readAudit(store, "from-the-page");
    assert.deepEqual(
      events.map(({ who, action }) => [who, action]),
      [["otto", "submit"]],
    );
    const { experiments, protocol } = await readRunConfig(store, "from-the-page");
    assert.equal(protocol?.name, "study");
    // What the page shows is what it did: a shell that takes the command apart gets the same plan.
    const words = execFileSync("sh", ["-c", `for word in ${command}; do printf '%s\\n' "$word"; done`], {
      encoding: "utf8",
    });
    assert.match(words, /^mammoflow\nsubmit\n.*\/data\/phantoms\n--out\n/);
    assert.match(words, /--models\nresnet18,mobilenetv2\n--imbalance\nnone\n--name\nfrom-the-page\n--watch\n$/);
    assert.equal(experiments.length, 4);
  });

  it("says why a plan cannot be carried out, and enqueues nothing", async () => {
    const form = new URLSearchParams({ data: join(folder.path, "data", "phantoms"), name: "from-the-page" });
    await page.goto(`${dashboard.url}/start/plan?${form.toString()}`);
    await page.getByRole("button", { name: "Start this run" }).click();
    await page.getByRole("alert").getByText("A run named from-the-page exists already").waitFor();
  });

  it("says of a folder without a data set what it lacks", async () => {
    await page.goto(`${dashboard.url}/start?data=${encodeURIComponent(join(folder.path, "data", "empty"))}`);
    await page.locator(".notice").filter({ hasText: "empty" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Show the plan" }).count(), 0);
  });

  it("reads nothing outside its roots, by no path and no link", async () => {
    for (const address of [
      folder.path,
      join(folder.path, "data", "leads-out"),
      `${folder.path}/data/../secret`,
      "/etc",
      "data",
      "gs://other/x",
      "--help",
    ])
      for (const path of ["/start", "/start/plan"]) {
        const answer = await page.goto(`${dashboard.url}${path}?data=${encodeURIComponent(address)}`);
        assert.equal(answer!.status(), 404, `${path} ${address}`);
      }
  });
});
