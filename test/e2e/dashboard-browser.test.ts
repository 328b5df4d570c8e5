import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Dashboard } from "@mammoflow/dashboard/server";
import { connectRedis, openQueues, submitRun, type Queues } from "@mammoflow/jobs";
import { AppError, startEmbeddedRedis } from "@mammoflow/runtime";
import { openStore, type ObjectStore } from "@mammoflow/storage";
import type { Page } from "playwright-core";
import { useBrowser } from "../support/browser.ts";
import { startDashboard } from "../support/dashboard.ts";
import { cacheDir } from "../support/parts.ts";
import { useRedis } from "../support/redis.ts";
import { rehearsedConfig, rehearsedStudies, startRehearsal } from "../support/rehearsed-run.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

/** Gives the texts of a page that are hard to read. */
const weakContrasts = readFileSync(join(import.meta.dirname, "../support/weak-contrasts.js"), "utf8");

describe("the dashboard in a browser", function () {
  this.timeout(30_000);
  const redis = useRedis();
  const folder = useTemporaryFolder();
  const chromium = useBrowser();
  let store: ObjectStore;
  let queues: Queues;
  let dashboard: Dashboard;
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    store = openStore(folder.path);
    queues = openQueues(await connectRedis(redis.url, "worker"));
    dashboard = await startDashboard(queues, folder.path);
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()));
  });
  after(async () => {
    await dashboard?.close();
    await queues?.close();
    queues?.redis.disconnect();
  });

  /** A page, and whatever it should not have done: requests to elsewhere, errors on its console. */
  const openPage = async (
    options: Parameters<typeof chromium.browser.newPage>[0] = {},
  ): Promise<{ page: Page; complaints: string[] }> => {
    const page = await chromium.browser.newPage(options);
    page.setDefaultTimeout(15_000);
    opened.push(page);
    const complaints: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(`${dashboard.url}/`) && !request.url().startsWith("data:"))
        complaints.push(`request to ${request.url()}`);
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    return { page, complaints };
  };

  const rehearse = async (rehearsal?: Parameters<typeof startRehearsal>[1]): Promise<void> => {
    opened.push(await startRehearsal({ redisUrl: redis.url, queues, store }, rehearsal));
  };

  it("follows a run from submission to its results without a reload", async () => {
    const { page, complaints } = await openPage();
    await page.goto(dashboard.url);
    await page.getByText("No run was submitted yet").waitFor();

    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    opened.push({ close: async () => open() });
    await rehearse({
      beforeJob: async ({ kind, name }) => {
        if (name === "study-0005") throw new AppError({ code: "DICOM_TRUNCATED", message: "x.dicom ends early." });
        if (kind === "extract") await gate;
      },
    });
    await submitRun({ store, queues, who: "test" }, rehearsedConfig("watched", 30), rehearsedStudies(30));
    await page.getByRole("link", { name: "watched" }).click();

    const stage = page.getByRole("progressbar", { name: "Preprocess" });
    await page.locator("[aria-valuetext^='29 studies done, 1 failed']").waitFor();
    assert.equal(await stage.getAttribute("aria-valuenow"), "30");
    await page.getByRole("status").getByText("Extracting features").waitFor();
    assert.match(await page.getByRole("row", { name: "study-0005" }).innerText(), /x\.dicom ends early/);
    const images = page.getByRole("img", { name: /Prepared image/ });
    await images.nth(11).waitFor();
    assert.equal(await images.count(), 12);
    await page.evaluate("scrollTo(0, document.body.scrollHeight)"); // images are loaded when they come into view
    await page.waitForFunction("[...document.images].every((image) => image.complete && image.naturalWidth === 32)");

    await page.evaluate("window.sameDocument = true");
    open();
    await page.getByRole("status").getByText("Done, 1 study failed").waitFor();
    await page.getByText("2 of 4 evaluated").waitFor();
    assert.equal(await page.getByRole("row", { name: /resnet18.*done/ }).count(), 2);
    await page.getByRole("link", { name: "Open the report" }).waitFor();
    assert.equal(await page.evaluate("window.sameDocument"), true, "the page was loaded anew");
    assert.equal(await page.title(), "watched · mammoflow");
    assert.deepEqual(complaints, []);
  });

  it("keeps keyboard focus where it is while the page changes", async () => {
    const { page, complaints } = await openPage();
    await submitRun({ store, queues, who: "test" }, rehearsedConfig("kept", 30), rehearsedStudies(30));
    await page.goto(`${dashboard.url}/runs/kept`);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Skip to content");
    await page.getByRole("link", { name: "Jobs in the queues" }).focus();
    await rehearse();
    await page.getByRole("link", { name: "Open the report" }).waitFor();
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Jobs in the queues");
    assert.deepEqual(complaints, []);
  });

  it("shows every queue in Bull Board, for looking only, without a request to elsewhere", async () => {
    const { page, complaints } = await openPage();
    await page.goto(`${dashboard.url}/queues/`);
    for (const name of ["preprocess", "collect", "extract", "learn"])
      await page.getByRole("link", { name, exact: true }).first().waitFor();
    await page.getByText("Research use only. Human review required.").waitFor();
    await page.goto(`${dashboard.url}/queues/queue/preprocess?status=failed`);
    await page.getByText("study study-0005 of watched").waitFor();
    assert.equal(await page.getByRole("button", { name: /retry|clean|pause|promote|empty/i }).count(), 0);
    assert.deepEqual(complaints, []);
  });

  it("fits a phone and a desk, in the light and in the dark, with readable contrast", async () => {
    for (const width of [390, 1440])
      for (const colorScheme of ["light", "dark"] as const) {
        const { page, complaints } = await openPage({ viewport: { width, height: 900 }, colorScheme });
        for (const path of ["/", "/runs/watched"]) {
          await page.goto(dashboard.url + path);
          const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
          assert.ok(overflow <= 0, `${path} is ${overflow} px too wide at ${width} px`);
          assert.deepEqual(await page.evaluate(weakContrasts), [], `${path} at ${width} px, ${colorScheme}`);
        }
        assert.deepEqual(complaints, []);
      }
  });

  it("says on open pages that the queue is away, and goes on by itself when it is back", async () => {
    const home = mkdtempSync(join(folder.path, "other-"));
    const first = await startEmbeddedRedis({ homeDir: home, cacheDir });
    const others = openQueues(await connectRedis(first.url, "worker"));
    opened.push({ close: async () => others.redis.disconnect() });
    const other = await startDashboard(others, home);
    opened.push(other);
    await submitRun({ store, queues: others, who: "test" }, rehearsedConfig("steady", 5), rehearsedStudies(5));
    const run = await chromium.browser.newPage();
    const list = await chromium.browser.newPage();
    opened.push(run, list);
    await run.goto(`${other.url}/runs/steady`);
    await first.close();
    await run.getByRole("alert").getByText("The queue does not answer").waitFor();
    await list.goto(other.url);
    await list.getByRole("heading", { name: "The queue is away" }).waitFor();

    const second = await startEmbeddedRedis({ homeDir: home, cacheDir });
    opened.push(second);
    await run.getByRole("alert").waitFor({ state: "hidden" });
    await list.getByRole("link", { name: "steady" }).waitFor();
  });
});
