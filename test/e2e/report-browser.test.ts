import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Dashboard } from "@mammoflow/dashboard/server";
import { renderModelPage, renderReport } from "@mammoflow/evaluation";
import { connectRedis, objectNames, openQueues, submitRun, type Queues } from "@mammoflow/jobs";
import { openStore } from "@mammoflow/storage";
import type { Page } from "playwright-core";
import { gridSummaryFixture } from "../fixtures/run-summary.ts";
import { useBrowser } from "../support/browser.ts";
import { startDashboard } from "../support/dashboard.ts";
import { useRedis } from "../support/redis.ts";
import { rehearsedConfig, rehearsedStudies } from "../support/rehearsed-run.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

/** Gives the texts of a page that are hard to read. */
const weakContrasts = readFileSync(join(import.meta.dirname, "../support/weak-contrasts.js"), "utf8");

describe("the report of a full grid in a browser", function () {
  this.timeout(60_000);
  const redis = useRedis();
  const folder = useTemporaryFolder();
  const chromium = useBrowser();
  const addresses: Record<"folder" | "dashboard", string> = { folder: "", dashboard: "" };
  let queues: Queues;
  let dashboard: Dashboard;
  let page: Page;
  const complaints: string[] = [];

  before(async () => {
    const summary = gridSummaryFixture();
    const put = (name: string, text: string): void => {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true });
      writeFileSync(join(folder.path, name), text);
    };
    const report = objectNames.report("grid");
    const store = openStore(folder.path);
    queues = openQueues(await connectRedis(redis.url, "worker"));
    await submitRun({ store, queues, who: "test" }, rehearsedConfig("grid", 5), rehearsedStudies(5));
    put(report, renderReport(summary));
    const experiment = summary.experiments.find(({ name }) => name === "resnet-50-sampler-head-s2")!;
    put(objectNames.experiment("grid", experiment.name, "report.html"), renderModelPage(summary, experiment));
    put(objectNames.experiment("grid", experiment.name, "model-card.md"), "# resnet-50-sampler-head-s2");
    dashboard = await startDashboard(queues, folder.path);
    addresses.folder = pathToFileURL(join(folder.path, report)).href;
    addresses.dashboard = `${dashboard.url}/${report}`;
  });
  beforeEach(async () => {
    complaints.length = 0;
    page = await chromium.browser.newPage({ viewport: { width: 1440, height: 900 } });
    page.setDefaultTimeout(15_000);
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await page?.close();
    assert.deepEqual(complaints, []);
  });
  after(async () => {
    await dashboard?.close();
    await queues?.close();
    queues?.redis.disconnect();
  });

  for (const place of ["folder", "dashboard"] as const) {
    it(`narrows the comparison and orders it anew without a script, in a ${place}`, async () => {
      await page.goto(addresses[place]);
      const rows = page.locator(".comparison .model:visible");
      assert.equal(await rows.count(), 96);
      await page.getByLabel("Backbone").selectOption("ResNet-50");
      await page.getByLabel("Strategy").selectOption("sampler");
      assert.equal(await rows.count(), 3);
      assert.equal(await page.locator(".model-line:visible").count(), 3);
      for (const [order, column] of [
        ["Specificity", 4],
        ["Recall", 3],
      ] as const) {
        await page.getByLabel("Highest first by").selectOption(order);
        const shown = await page.evaluate<{ top: number; value: number }[]>(
          `[...document.querySelectorAll(".comparison .model")].filter((row) => row.checkVisibility()).map((row) => ({ top: row.getBoundingClientRect().top, value: Number.parseFloat(row.children[${column}].textContent) }))`,
        );
        const values = shown.toSorted((a, b) => a.top - b.top).map(({ value }) => value);
        assert.deepEqual(
          values,
          values.toSorted((a, b) => b - a),
          order,
        );
        assert.ok(values[0]! > values.at(-1)!);
      }
    });

    it(`leads from a row to the model, from there to its page and back, in a ${place}`, async () => {
      await page.goto(addresses[place]);
      await page.locator('.comparison a[href="#resnet-50-sampler-head"]').click();
      await page.getByRole("link", { name: "Seed 2: its own page" }).locator("visible=true").click();
      await page.getByRole("heading", { name: "ResNet-50", level: 1 }).waitFor();
      assert.match(page.url(), /\/models\/resnet-50-sampler-head-s2\/report\.html$/);
      await page.getByRole("link", { name: "Model card" }).click();
      await page.getByText("# resnet-50-sampler-head-s2").waitFor();
      await page.goBack();
      await page.getByRole("link", { name: "Report of the run" }).click();
      await page.getByRole("heading", { name: "Comparison", exact: true }).waitFor();
    });
  }

  it("opens by keyboard what is folded, and in print all of it", async () => {
    await page.goto(addresses.folder);
    const open = page.locator(".model-line .metrics:visible");
    assert.equal(await open.count(), 0);
    await page.locator(".model-line > summary").first().focus();
    await page.keyboard.press("Enter");
    assert.equal(await open.count(), 1);
    await page.emulateMedia({ media: "print" });
    assert.equal(await open.count(), 96);
  });

  it("fits a phone and a desk, in the light and in the dark, with readable contrast", async () => {
    for (const width of [390, 1440])
      for (const colorScheme of ["light", "dark"] as const)
        for (const address of [
          addresses.folder,
          addresses.folder.replace("report/index.html", "models/resnet-50-sampler-head-s2/report.html"),
        ]) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme });
          await page.goto(address);
          await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
          const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
          assert.ok(overflow <= 0, `${address} is ${overflow} px too wide at ${width} px`);
          assert.deepEqual(await page.evaluate(weakContrasts), [], `${address} at ${width} px, ${colorScheme}`);
        }
  });
});
