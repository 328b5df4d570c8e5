import assert from "node:assert/strict";
import { renderModelCard, renderModelPage, renderReport, type RunSummary } from "@mammoflow/evaluation";
import { darkPalette, lightPalette, type Palette } from "../../packages/evaluation/src/report/palette.ts";
import { gridSummaryFixture, runSummaryFixture } from "../fixtures/run-summary.ts";

const summary = runSummaryFixture();
const page = renderReport(summary);

/** Elements that need no closing tag. */
const voidElements = new Set(["meta", "img", "wbr", "br", "!doctype"]);

/** Fails on a tag that is closed out of turn or not at all. */
function assertBalanced(html: string): void {
  const open: string[] = [];
  for (const [, slash, name, selfClosing] of html
    .replace(/<style>[^]*?<\/style>/, "")
    .matchAll(/<(\/?)([a-z!][a-z0-9]*)[^>]*?(\/?)>/gi)) {
    if (selfClosing || voidElements.has(name!.toLowerCase())) continue;
    if (slash) assert.equal(open.pop(), name);
    else open.push(name!);
  }
  assert.deepEqual(open, []);
}

describe("renderReport", () => {
  it("is one page that fetches nothing: no script, links to the pages of its models, balanced tags", () => {
    assertBalanced(page);
    assert.doesNotMatch(page, /<script|<link|\bon\w+=|url\(|@import/);
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]*)"/g))
      assert.match(address!, /^(#|data:image\/png;base64,|\.\.\/models\/[\w.%-]+\/report\.html$)/);
    for (const { name } of summary.experiments)
      assert.ok(page.includes(`href="../models/${encodeURIComponent(name)}/report.html"`), name);
    assert.match(page, /Content-Security-Policy" content="default-src 'none'/);
  });

  it("links only to what is on the page", () => {
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    for (const [, target] of page.matchAll(/href="#([^"]*)"/g)) assert.ok(ids.has(target), target);
  });

  it("begins with research use only, the verdict, and the best model against the baselines", () => {
    const text = page.slice(page.indexOf("<main>"), page.indexOf('id="comparison"'));
    assert.match(text, /Research use only\..*qualified reader must review every result/);
    assert.match(text, /<h1>The best model is better than both trivial rules<\/h1>/);
    assert.ok(text.includes("not a biopsy"), "the limits stand before the numbers of any model");
    assert.match(text, /where chance is 0\.500/);
    assert.match(text, /calling every row malignant/);
  });

  it("says on the first screen by which protocol, and beside each calibration which one is applied", () => {
    const protocol = { name: "study", changed: [{ option: "epochs", from: "10", to: "5" }] };
    const text = renderReport({ ...summary, protocol });
    assert.match(
      text.slice(0, text.indexOf('id="comparison"')),
      /Protocol<\/strong> study, but for: epochs 5 instead of 10\. Recipe .*mean over its views/,
    );
    assert.match(text, /<tr class="chosen"><th scope="row">Slope [\d.]+, intercept [-\d.]+: the one applied/);
  });

  it("shows every experiment, baseline, published row, picture, failure and gap", () => {
    for (const { name } of summary.experiments) assert.ok(page.includes(`id="${name.replace(/-s\d$/, "")}"`), name);
    assert.equal(page.match(/<tr class="baseline"/g)?.length, 3);
    assert.equal(page.match(/<tr class="published"/g)?.length, 4);
    assert.equal(page.match(/<img /g)?.length, 2 * summary.pictures.length);
    assert.match(page, /4,403 studies submitted = 4,400 completed \+ 3 failed/);
    assert.match(page, /<tr class="not-run".*<code>mammoflow weights pull mobilenetv2<\/code>/s);
    assert.match(page, /not a biopsy/);
    assert.doesNotMatch(page, /NaN|undefined|\[object/);
  });

  it("folds each model to a line, with its mean over seeds and the page of each", () => {
    const at = page.indexOf('id="resnet18-sampler-head"');
    const line = page.slice(page.lastIndexOf("<details", at), at);
    const seeds = summary.experiments.filter(({ name }) => name.startsWith("resnet18-sampler-head-s"));
    const mean = seeds.reduce((sum, { metrics }) => sum + metrics.auc.value! / 3, 0).toFixed(3);
    assert.match(line, /^<details class="sheet model-line"[^>]*><summary>.*ResNet-18 .*sampler, head, 3 seeds/);
    assert.match(line, new RegExp(`AUC</small> ${mean} <small>0\\.\\d{3}–0\\.\\d{3}</small>.*F1</small> 0\\.\\d{3} `));
    assert.match(line, /Operating point<\/small> 0\.\d{3}–0\.\d{3}/);
    const card = page.slice(at);
    assert.match(card, new RegExp(`AUC</th><td>${mean} <small>±0\\.\\d{3}</small>`));
    const median = seeds.toSorted((a, b) => a.metrics.auc.value! - b.metrics.auc.value!)[1]!;
    assert.match(card, new RegExp(`Decisions at 0\\.500, seed ${median.seed} \\(median AUC\\)`));
    for (const { seed, metrics } of seeds)
      assert.match(
        card,
        new RegExp(`Seed ${seed}: its own page</a></th><td data-label="AUC">${metrics.auc.value!.toFixed(3)}`),
      );
  });

  it("stays small with a full grid: 96 models of 5 seeds", () => {
    const grid = gridSummaryFixture();
    const html = renderReport(grid);
    assertBalanced(html);
    assert.equal(grid.experiments.length, 480);
    assert.equal(html.match(/<tr class="model"/g)?.length, 96);
    assert.equal(html.match(/<details class="sheet model-line"/g)?.length, 96);
    assert.ok(html.length < 1_500_000, `${html.length} bytes`);
    assert.match(html, /the 12 best AUCs of 96 models/);
    assert.match(html, /widened for 96 models \(Bonferroni\)/);
  });

  it("says what the best model's thresholds reach on images, breasts and patients, by group and by source", () => {
    const decisions = page.slice(page.indexOf('id="decisions"'), page.indexOf('id="subgroups"'));
    for (const level of ["Per image: 1,600", "Per breast \\(mean over its images\\): 800", "Per patient .*: 400"])
      assert.match(decisions, new RegExp(level));
    assert.match(decisions, /The operating point: highest F1/);
    assert.match(decisions, /sensitivity of at least 0\.9/);
    assert.match(decisions, /Temperature \d/);
    const subgroups = page.slice(page.indexOf('id="subgroups"'), page.indexOf('id="data"'));
    for (const wanted of ["Breast density", "Planmed", "70 and over", "AUC inside", "AUC outside", "not given"])
      assert.ok(subgroups.includes(wanted), wanted);
    assert.match(subgroups, /<th scope="row">D <span class="mark">small<\/span>/);
    assert.match(subgroups, /[AB] over C/);
  });

  it("is summed up by a model that left no data set out, however well another did on other images", () => {
    const [best] = summary.comparisons![0]!.rows;
    const experiments = summary.experiments.map((experiment) =>
      experiment.backbone === best!.backbone ? { ...experiment, leftOut: "INbreast" } : experiment,
    );
    const html = renderReport({ ...summary, experiments });
    assert.match(html.slice(html.indexOf("<h1>"), html.indexOf('id="comparison"')), /<p>ResNet-18 \(/);
    assert.match(html.slice(html.indexOf('id="decisions"')), /^[^]{0,80}<p class="lead">ResNet-18 \(/);
  });

  it("leaves those sections out of a run that was not judged in this way", () => {
    const before: RunSummary = {
      ...summary,
      comparisons: undefined,
      experiments: summary.experiments.map(({ judgement: _, ...experiment }) => experiment),
    };
    const html = renderReport(before);
    assertBalanced(html);
    assert.doesNotMatch(html, /#decisions|#subgroups|Differences from the best|NaN|undefined/);
  });

  it("escapes whatever comes from outside, wherever it stands", () => {
    const attack = `"><img src=x onerror=alert(1)>'&\``;
    const poisoned = JSON.parse(
      JSON.stringify(summary, (key, value: unknown) =>
        typeof value === "string" &&
        !key.endsWith("Png") &&
        !["rows", "unit", "name", "level", "kind", "aggregation"].includes(key)
          ? value + attack
          : value,
      ),
    ) as RunSummary;
    const experiments = poisoned.experiments.map((experiment) => ({ ...experiment, name: experiment.name + attack }));
    const html = renderReport({ ...poisoned, experiments, recipe: { ...poisoned.recipe, name: attack } });
    const modelHtml = renderModelPage({ ...poisoned, experiments }, experiments[0]!);
    for (const text of [html, modelHtml]) {
      assert.ok(!text.includes("<img src=x"));
      assert.ok(text.includes("&lt;img src=x"));
      assertBalanced(text);
    }
  });

  it("gives the same bytes for the same summary, and holds no time of day", () => {
    assert.equal(renderReport(runSummaryFixture()), page);
    assert.doesNotMatch(page, /\d\d:\d\d:\d\d/);
  });

  it("is honest about a run in which nothing worked", () => {
    const nothing: RunSummary = {
      ...summary,
      experiments: [],
      baselines: [],
      pictures: [],
      preprocessing: { submitted: 2, completed: 0, failed: 2, failures: [] },
    };
    const html = renderReport(nothing);
    assertBalanced(html);
    assert.match(html, /<h1>No model was trained in this run<\/h1>/);
    assert.match(html, /2 studies submitted = 0 completed \+ 2 failed/);
    assert.match(html, /2 further failures/);
    assert.doesNotMatch(html, /href="#models"|NaN|Infinity/);
  });

  it("draws one epoch, and an experiment without validation, without tripping", () => {
    const [experiment] = summary.experiments;
    const epochs = [{ epoch: 1, trainLoss: 0.7, validationLoss: null, validationAuc: null }];
    const html = renderReport({ ...summary, experiments: [{ ...experiment!, epochs, chosenEpoch: 1 }] });
    assertBalanced(html);
    assert.doesNotMatch(html, /NaN|Infinity/);
  });

  it("warns loudly that phantoms say nothing about mammograms", () => {
    const html = renderReport({ ...summary, dataset: { ...summary.dataset, isSynthetic: true } });
    assert.match(html.slice(0, html.indexOf("<h1>")), /Synthetic phantoms\./);
  });
});

describe("renderModelPage", () => {
  const [experiment] = summary.experiments;
  const modelPage = renderModelPage(summary, experiment!);

  it("is one page of one trained model, which begins with what it is not for and leads to report and cards", () => {
    assertBalanced(modelPage);
    assert.doesNotMatch(modelPage, /<script|<link|\bon\w+=|url\(|@import|NaN|undefined|\[object/);
    const addresses = [...modelPage.matchAll(/(?:src|href)="([^#"]*)"/g)].map(([, address]) => address);
    assert.deepEqual([...new Set(addresses)], ["../../report/index.html", "model-card.md", "data-sheet.md"]);
    assert.match(modelPage.slice(0, modelPage.indexOf("<h1>")), /Research use only\..*qualified reader must review/s);
    assert.ok(modelPage.indexOf('id="limits"') < modelPage.indexOf('id="numbers"'));
    for (const [, target] of modelPage.matchAll(/href="#([^"]*)"/g)) assert.ok(modelPage.includes(` id="${target}"`));
  });

  it("gives every metric with its interval and what looking at no image reaches", () => {
    const { auc, f1, rows, positives } = experiment!.metrics;
    const always = (2 * positives) / (rows + positives);
    for (const [title, { value, low, high }, baseline] of [
      ["AUC", auc, 0.5],
      ["F1", f1, always],
    ] as const)
      assert.ok(
        modelPage.includes(
          `<th scope="row">${title}</th><td>${value!.toFixed(3)}</td><td class="interval-text">${low!.toFixed(3)} to ${high!.toFixed(3)}</td><td class="interval-text">${baseline.toFixed(3)}</td>`,
        ),
        title,
      );
    assert.match(modelPage, /Without looking at an image, at best/);
    assert.match(modelPage, /always malignant: F1 0\.\d{3}/);
  });

  it("draws an experiment that was judged in no further way, and one epoch", () => {
    const { judgement: _, ...bare } = experiment!;
    const epochs = [{ epoch: 1, trainLoss: 0.7, validationLoss: null, validationAuc: null }];
    const html = renderModelPage(summary, { ...bare, epochs, chosenEpoch: 1 });
    assertBalanced(html);
    assert.doesNotMatch(html, /#decisions|#subgroups|NaN|Infinity|undefined/);
  });
});

/** Relative luminance and contrast as WCAG 2.1 defines them. */
const luminance = (colour: string): number => {
  const [r, g, b] = [1, 3, 5].map((start) => {
    const channel = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
};
const contrast = (a: string, b: string): number => {
  const [darker, lighter] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (lighter! + 0.05) / (darker! + 0.05);
};

describe("the report's colours", () => {
  for (const [name, palette] of Object.entries({ light: lightPalette, dark: darkPalette }))
    it(`keep text readable, ${name} (WCAG AA: 4.5 to 1)`, () => {
      const pairs: [keyof Palette, (keyof Palette)[]][] = [
        ["ink", ["page", "card", "accentSoft", "warmSoft"]],
        ["muted", ["page", "card", "accentSoft"]],
        ["accent", ["page", "card"]],
        ["warm", ["page", "card", "warmSoft"]],
      ];
      for (const [text, grounds] of pairs)
        for (const ground of grounds)
          assert.ok(
            contrast(palette[text], palette[ground]) >= 4.5,
            `${text} on ${ground}: ${contrast(palette[text], palette[ground])}`,
          );
    });
});

describe("renderModelCard", () => {
  const card = renderModelCard(summary, summary.experiments[0]!);

  it("states task, data, every metric beside the baselines, licence and limits, as facts of the run", () => {
    for (const wanted of [
      "# efficientnet-lite0-none-head-s1",
      "Research use only",
      "BI-RADS 3 and up is malignant",
      "licence Apache-2.0",
      "| AUC | 0.",
      "| Metric | Value | 95 % interval | Always benign | Always malignant |",
      "epoch 6 was evaluated",
      "## Limits",
      "not a biopsy",
    ])
      assert.ok(card.includes(wanted), wanted);
    assert.doesNotMatch(card, /NaN|undefined|null/);
  });

  it("keeps what comes from outside from becoming Markdown or HTML", () => {
    const [first] = summary.experiments;
    const hostile = { ...first!, weights: { source: "x | <script>\n# [a](b)", licence: "l" } };
    const text = renderModelCard({ ...summary, experiments: [hostile] }, hostile);
    assert.ok(!text.includes("<script>"));
    assert.ok(text.includes("x \\| \\<script\\> # \\[a\\](b)"));
  });
});
