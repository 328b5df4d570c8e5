import assert from "node:assert/strict";
import {
  baselines,
  comparisonCsv,
  evaluateBinary,
  formatComparison,
  parseRunSummary,
  studyPublished,
  verdict,
} from "@mammoflow/evaluation";
import { runSummaryFixture } from "../fixtures/run-summary.ts";

const summary = runSummaryFixture();

/** The fixture with one model that gives these probabilities to 400 rows, a quarter of them malignant. */
function withModel(probabilityOf: (label: number, row: number) => number): typeof summary {
  const labels = Array.from({ length: 400 }, (_, row) => (row % 4 === 0 ? 1 : 0));
  const metrics = evaluateBinary({ labels, probabilities: labels.map(probabilityOf), resamples: 200 });
  const [experiment] = summary.experiments;
  return { ...summary, experiments: [{ ...experiment!, metrics }], baselines: baselines(labels, { resamples: 200 }) };
}

describe("verdict", () => {
  it("says that a model which tells the classes apart is better than both trivial rules", () => {
    const text = verdict(withModel((label, row) => 0.6 * label + 0.01 * (row % 31)));
    assert.match(text, /^The best model is better than both trivial rules\./);
    assert.match(text, /calling every row malignant reaches 0\.400/);
    assert.match(text, /calling every row benign reaches 0\.750/);
  });

  it("does not praise a model that knows nothing", () => {
    assert.match(
      verdict(withModel((_, row) => ((row * 37) % 101) / 100)),
      /^No model is shown to be better than looking at no image\..*may be chance/,
    );
  });

  it("tells ranking from deciding: a good order at a useless threshold is no good decision", () => {
    const text = verdict(withModel((label, row) => 0.2 * label + 0.002 * (row % 53)));
    assert.match(text, /^The best model ranks better than chance, but its decisions are not shown to be better\./);
  });

  it("says so when nothing was trained, and when the images are phantoms", () => {
    assert.match(verdict({ ...summary, experiments: [] }), /^No model was trained in this run\./);
    const phantoms = { ...summary, dataset: { ...summary.dataset, isSynthetic: true } };
    assert.match(verdict(phantoms), /synthetic phantoms: .* nothing about mammograms/);
  });

  it("widens the intervals of the best for the number of models that it was picked from", () => {
    const one = withModel((label, row) => (label === 1 && row % 20 === 0 ? 0.9 : ((row * 37) % 101) / 150));
    const alone = verdict(one);
    assert.match(alone, /^The best model (is better|ranks|decides)/, alone);
    const [experiment] = one.experiments;
    const copies = Array.from({ length: 5000 }, (_, index) => ({
      ...experiment!,
      name: `copy-${index}`,
      strategy: `${index}`,
    }));
    assert.match(
      verdict({ ...one, experiments: copies, comparisons: [] }),
      /^No model is shown to be better.*widened for 5000 models \(Bonferroni\)/,
    );
  });

  it("says that others are above the rules where the one with the best AUC is not", () => {
    const good = withModel((label, row) => 0.6 * label + 0.01 * (row % 31)).experiments[0]!;
    const lucky = { value: 0.99, low: 0.4, high: 1 };
    const metrics = { ...good.metrics, auc: lucky, f1Gain: { value: 0, low: -0.1, high: 0.1 } };
    const other = { ...good, metrics: { ...good.metrics, auc: { value: 0.9, low: 0.85, high: 0.95 } } };
    const text = verdict({
      ...summary,
      comparisons: [],
      experiments: [
        { ...good, name: "lucky", metrics },
        { ...other, name: "other" },
      ],
    });
    assert.match(text, /^The model with the best AUC is not shown to be better than looking at no image\./);
    assert.match(text, /One other model is shown to lie above that in AUC or F1/);
  });

  it("says that a test set with few patients of either kind is small, and that a large one is not", () => {
    const [experiment] = summary.experiments;
    const levels = experiment!.judgement!.levels.map((level) =>
      level.level === "patient" ? { ...level, cases: 40, positives: 9 } : level,
    );
    const few = { ...experiment!, judgement: { ...experiment!.judgement!, levels } };
    assert.match(verdict({ ...summary, experiments: [few] }), /The test set is small: 40 patients, 9 of them/);
    assert.doesNotMatch(verdict(summary), /is small/);
  });

  it("warns that the best of several is picked on the rows it is measured on, but not where there is one", () => {
    assert.match(verdict(summary), /somewhat optimistic/);
    assert.doesNotMatch(verdict({ ...summary, experiments: summary.experiments.slice(0, 1) }), /somewhat optimistic/);
  });
});

describe("formatComparison", () => {
  const text = formatComparison(summary);
  const lines = text.split("\n");

  it("puts baselines, every model and the published rows into one table of aligned columns that fits 110 columns", () => {
    for (const wanted of ["Always benign", "Always malignant", "published: sampler+weighted-loss", "VGG-16: sampler"])
      assert.ok(
        lines.some((line) => line.trim().startsWith(wanted)),
        wanted,
      );
    assert.equal(
      lines.filter((line) => /, head, (s1|3 seeds) /.test(line)).length,
      summary.comparisons![0]!.rows.length + summary.notRun.length,
    );
    const table = lines.slice(
      0,
      lines.findLastIndex((line) => line.startsWith("---")),
    );
    const columns = [...lines[0]!.matchAll(/\S+/g)].map((match) => match.index);
    for (const line of table.filter((candidate) => /\d\.\d{3}/.test(candidate)))
      for (const column of columns) assert.match(line.slice(column - 1).padEnd(2), /^ (\S|\s*$|\s{2})/, line);
    for (const line of lines) assert.ok(line.length <= 110, line);
  });

  it("gives each number with its interval below, and a dash for what is undefined", () => {
    const at = lines.findIndex((line) => line.includes("Always benign"));
    assert.match(lines[at]!, /Always benign +0\.\d{3} +- +0\.000 +0\.000 +0\.500$/);
    assert.match(lines[at + 1]!, /^ +0\.\d{3}-0\.\d{3}$/);
    assert.doesNotMatch(text, /NaN|null|undefined/);
  });

  it("names what did not run and what to do", () => {
    const at = lines.indexOf("MobileNetV2");
    assert.match(lines[at + 1]!, /^ {2}sampler, head, s1 +not run: mammoflow weights pull mobilenetv2$/);
  });

  it("counts what did not run for one reason, instead of repeating it", () => {
    const [notRun] = summary.notRun;
    const strategies = ["none", "undersample", "oversample", "sampler"];
    const many = { ...summary, notRun: strategies.map((strategy) => ({ ...notRun!, name: strategy, strategy })) };
    const text = formatComparison(many).split("\n");
    const at = text.indexOf("MobileNetV2");
    assert.match(text[at + 1]!, /^ {2}4 experiments +not run: mammoflow weights pull mobilenetv2$/);
    assert.doesNotMatch(text[at + 2]!, /not run/);
  });
});

describe("comparisonCsv", () => {
  const cells = comparisonCsv(summary)
    .trimEnd()
    .split("\r\n")
    .map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g)!.map((cell) => cell.replace(/,$/, "")));

  it("has a line for each baseline, model and published row, all of the same width", () => {
    const kinds = cells.slice(1).map(([kind]) => kind);
    assert.deepEqual(
      [...new Set(kinds)]
        .toSorted((a = "", b = "") => a.localeCompare(b))
        .map((kind) => [kind, kinds.filter((one) => one === kind).length]),
      [
        ["baseline", 3],
        ["model", summary.comparisons![0]!.rows.length],
        ["not-run", summary.notRun.length],
        ["published", studyPublished.rows.length],
        ["seed", 6],
      ],
    );
  });

  it("leaves an undefined metric empty, so that nobody averages it", () => {
    const header = cells[0]!;
    const benign = cells.find((line) => line[1] === "always-benign")!;
    assert.equal(benign[header.indexOf("precision")], "");
    assert.equal(benign[header.indexOf("recall")], "0");
    assert.equal(benign[header.indexOf("rows")], "1600");
  });

  it("quotes separators and disarms what a spreadsheet would run", () => {
    const [first] = summary.experiments;
    const hostile = { ...first!, weights: { source: '=cmd|"x",1', licence: "?" } };
    assert.match(comparisonCsv({ ...summary, experiments: [hostile] }), /,"'=cmd\|""x"",1",/);
  });
});

describe("studyPublished", () => {
  it("holds rows that fit one prevalence of 11 to 12 %, as the remark says", () => {
    for (const { accuracy, precision, recall } of studyPublished.rows) {
      // With a share p of malignant rows: false positives are p recall (1 - precision) / precision, and errors add p (1 - recall).
      const prevalence = (1 - accuracy) / ((recall * (1 - precision)) / precision + 1 - recall);
      assert.ok(prevalence > 0.11 && prevalence < 0.125, String(prevalence));
    }
  });
});

describe("parseRunSummary", () => {
  it("takes a summary back from JSON unchanged", () => {
    assert.deepEqual(
      parseRunSummary(JSON.parse(JSON.stringify(summary)), "summary.json"),
      JSON.parse(JSON.stringify(summary)),
    );
  });

  it("names the file and the field that do not fit", () => {
    const broken = { ...summary, runId: 7 };
    assert.throws(() => parseRunSummary(broken, "summary.json"), {
      code: "RUN_SUMMARY",
      message: /summary\.json .*runId/,
    });
    const picture = { caption: "x", beforePng: btoa("<svg onload=alert(1)>"), afterPng: "" };
    assert.throws(
      () => parseRunSummary({ ...summary, pictures: [picture] }, "s"),
      /pictures\.0\.beforePng must be a PNG/,
    );
  });
});
