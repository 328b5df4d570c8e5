import assert from "node:assert/strict";
import {
  type Experiment,
  parseRunSummary,
  renderDataSheet,
  renderModelCard,
  renderReport,
  type RunSummary,
} from "@mammoflow/evaluation";
import { estimateEnergy, loadSettings } from "@mammoflow/runtime";
import { runSummaryFixture } from "../fixtures/run-summary.ts";

const density = { name: "dense-share", title: "share of dense tissue", unit: "%" };
const pattern = {
  name: "asymmetry-pattern",
  title: "difference in pattern from the other breast",
  unit: "grey levels",
};

/** A tree of two levels over 12,800 rows, and what a boosted model looks at. */
const explanations = {
  tree: {
    trees: 1,
    importance: [
      { feature: density, share: 0.7 },
      { feature: pattern, share: 0.3 },
    ],
    tree: {
      rows: 12_800,
      malignant: 1227,
      probability: 0.5,
      split: {
        feature: density,
        threshold: 31.4159,
        below: { rows: 6000, malignant: 227, probability: 0.2 },
        above: {
          rows: 6800,
          malignant: 1000,
          probability: 0.7,
          split: {
            feature: pattern,
            threshold: 12.5,
            unknown: "above" as const,
            below: { rows: 5000, malignant: 300, probability: 0.5 },
            above: { rows: 1800, malignant: 700, probability: 0.9 },
          },
        },
      },
    },
  },
  boosted: { trees: 84, importance: [{ feature: pattern, share: 1 }] },
};

const energy = estimateEnergy({ seconds: 7200, cpuSeconds: 9000 }, loadSettings({ pricePerHour: 1.5 }, {}, "/"));

function summaryWithTrees(): RunSummary {
  const summary = runSummaryFixture();
  const [network] = summary.experiments;
  const treeOf = (part: "tree" | "boosted"): Experiment => ({
    ...network!,
    name: `image-features-weighted-loss-${part}-s1`,
    backbone: "image-features",
    backboneTitle: "Image features",
    part,
    epochs: [],
    weights: { source: "none", licence: "none" },
    explanation: explanations[part],
    hashes: { manifest: "ab".repeat(32), model: "cd".repeat(32) },
    energy,
  });
  const { chosenEpoch: _, ...tree } = treeOf("tree");
  const { chosenEpoch: __, ...boosted } = treeOf("boosted");
  return {
    ...summary,
    configuration: { ...summary.configuration, gitCommit: "0123abcd" },
    experiments: [...summary.experiments, tree, boosted],
    energy: [
      { name: "extract", jobs: 2, energy },
      { name: "learn", jobs: 8, energy },
    ],
  };
}

const summary = parseRunSummary(JSON.parse(JSON.stringify(summaryWithTrees())), "the fixture");
const experimentOf = (part: string): Experiment => summary.experiments.find((experiment) => experiment.part === part)!;

/** The requirements of ALTAI, in its words and order. */
const requirements = [
  "Human agency and oversight",
  "Technical robustness and safety",
  "Privacy and data governance",
  "Transparency",
  "Diversity, non-discrimination and fairness",
  "Societal and environmental well-being",
  "Accountability",
];

const headings = (markdown: string): string[] => [...markdown.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!);
const sectionOf = (markdown: string, heading: string): string => {
  const start = markdown.indexOf(`## ${heading}`);
  const end = markdown.indexOf("\n## ", start + 1);
  return markdown.slice(start, end < 0 ? undefined : end);
};

describe("the model card", () => {
  const card = renderModelCard(summary, experimentOf("tree"));

  it("names its limits first, then goes through the seven requirements of ALTAI", () => {
    assert.deepEqual(headings(card), ["Limits", ...requirements.map((title, index) => `${index + 1}. ${title}`)]);
    assert.ok(card.indexOf("Human review required") < card.indexOf("## Limits"));
  });

  it("holds the hash of everything that the model is a function of", () => {
    const accountability = sectionOf(card, "7.");
    for (const hash of ["ab".repeat(32), "cd".repeat(32), "9b1f04c2", "commit 0123abcd"])
      assert.ok(accountability.includes(hash), hash);
    const network = renderModelCard(summary, summary.experiments[0]!);
    assert.ok(sectionOf(network, "7.").includes("c0ffee".repeat(10)));
  });

  it("says what making it took, that it is estimated, and at which price", () => {
    const wellBeing = sectionOf(card, "6.");
    assert.match(wellBeing, /30\.0 Wh \(estimated\), 14\.4 g CO2e, 3\.00 EUR, in 2 h 0 min/);
    assert.match(wellBeing, /12 W a core\. Carbon at 481 g CO2e a kWh\. Cost at 1\.5 EUR an hour\./);
    const { energy: _, ...unmeasured } = experimentOf("tree");
    assert.match(sectionOf(renderModelCard(summary, unmeasured), "6."), /not recorded/);
  });

  it("gives metrics by group with their gaps", () => {
    const fairness = sectionOf(card, "5.");
    assert.match(fairness, /\| density: C \| [\d,]+ \| [\d.]+ % \| 0\.\d+ \(95 % interval/);
    assert.match(fairness, /AUC by manufacturer: .* over .* by 0\.\d+/);
  });

  it("says by which protocol, how a breast's probability is made, and how far calibration brings it", () => {
    const protocol = { name: "recommended", changed: [{ option: "epochs", from: "30", to: "5" }] };
    const network = summary.experiments[0]!;
    const described = renderModelCard({ ...summary, protocol }, network);
    assert.match(sectionOf(described, "4."), /Protocol.*recommended, but for: epochs 5 instead of 30/);
    const robustness = sectionOf(described, "2.");
    assert.match(robustness, /\| per breast \(mean over its images\) \|/);
    const { asGiven, slopeAndIntercept } = network.judgement!.levels[0]!.calibration;
    const [before, after] = [asGiven, slopeAndIntercept!].map(({ brier }) => brier.toFixed(3));
    assert.ok(
      new RegExp(`Brier score ${before}; calibrated on validation, sigmoid\\(.*Brier score ${after}\\.`).test(
        robustness,
      ),
      robustness,
    );
  });

  it("writes the tree out in words", () => {
    assert.match(
      sectionOf(card, "4."),
      /- all training rows: 1,227 of 12,800 malignant\n {2}- share of dense tissue below 31\.4 %: 227 of 6,000 malignant/,
    );
  });
});

describe("the data sheet", () => {
  const sheet = renderDataSheet(summary, experimentOf("tree"));

  it("goes through the headings of Gebru and others, with the run's counts", () => {
    assert.deepEqual(headings(sheet), [
      "Motivation",
      "Composition",
      "Collection process",
      "Preprocessing, cleaning, labelling",
      "Uses",
      "Distribution",
      "Maintenance",
    ]);
    assert.match(sheet, /\| training \| 3,200 \| 12,800 \| 12,800 \| 1,227 \(9\.6 %\) \|/);
    assert.match(sheet, /\| D \| 1,701 \(13\.3 %\) \|/);
    assert.match(sheet, /3 of 4,403 studies could not be prepared/);
    assert.match(sheet, /CLAHE: clip limit 2/);
    assert.doesNotMatch(sheet, /undefined|NaN|null|\[object/);
  });

  it("says what it does not know instead of passing over it", () => {
    assert.match(sectionOf(sheet, "Collection process"), /not known to the run/);
  });
});

describe("the report's trees and energy", () => {
  const page = renderReport(summary);
  const trees = page.slice(page.indexOf('<section id="trees">'), page.indexOf('<section id="energy">'));

  it("draw every node with its question and its counts", () => {
    for (const words of [
      "All images",
      "share of dense tissue below 31.4 %",
      "share of dense tissue 31.4 % or more",
      "difference in pattern from the other breast 12.5 grey levels or more, or not known",
      "227 of 6,000 malignant (3.8 %)",
      "700 of 1,800 malignant (38.9 %)",
      "84 boosted trees",
    ])
      assert.ok(trees.includes(words), words);
    assert.equal(trees.match(/class="node"/g)?.length, 5);
  });

  it("add the stages up", () => {
    assert.match(page, /The whole run: 60\.0 Wh \(estimated\), 28\.9 g CO2e, 6\.00 EUR\./);
    assert.match(page, /<th scope="row">learn<\/th><td>8 jobs, 2 h 0 min, 30\.0 Wh/);
  });

  it("are not there in a run without them", () => {
    const plain = renderReport(runSummaryFixture());
    assert.doesNotMatch(plain, /id="trees"|id="energy"|#trees|#energy/);
  });

  it("escape what comes from outside", () => {
    const hostile = { ...density, title: '"><img src=x onerror=alert(1)>' };
    const [first, ...rest] = explanations.tree.importance;
    const experiment = {
      ...experimentOf("boosted"),
      explanation: { trees: 1, importance: [{ ...first!, feature: hostile }, ...rest] },
    };
    const html = renderReport({ ...summary, experiments: [experiment] });
    assert.ok(!html.includes("<img src=x") && html.includes("&lt;img src=x"));
    assert.doesNotMatch(renderModelCard(summary, experiment), /[^\\]<img/);
  });
});
