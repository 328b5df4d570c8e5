import assert from "node:assert/strict";
import { experimentsTable } from "../../services/dashboard/src/pages/experiments-table.ts";
import type { ExperimentRow } from "../../services/dashboard/src/read-experiments.ts";
import type { RunView } from "../../services/dashboard/src/run-view.ts";

/** An experiment of a run with 480 of them. */
const row = (seed: number, state: ExperimentRow["state"]): ExperimentRow => ({
  name: `resnet18-sampler+weighted-loss-head-s${seed}`,
  backbone: "resnet18",
  strategy: "sampler+weighted-loss",
  part: "head",
  seed,
  state,
});
const around = (value: number): { value: number; low: number; high: number } => ({
  value,
  low: value - 0.05,
  high: value + 0.05,
});
const done = (auc: number): ExperimentRow["state"] => ({
  is: "done",
  metrics: { f1: around(0.3), f1Gain: around(0.1), auc: around(auc) },
});

const tableOf = (experiments: ExperimentRow[], hasReport: boolean): string =>
  experimentsTable({
    // Of a run's progress the table asks for its name only.
    progress: { runId: "grid" } as RunView["progress"],
    outcomes: {
      experiments,
      hasReport,
      failures: [],
      images: [],
      hasComparison: hasReport,
      hasDatasetReport: false,
      isSynthetic: false,
    },
  }).text;

describe("the table of experiments", () => {
  const many = [
    ...Array.from({ length: 300 }, (_, index) => row(index + 1, done(0.5 + index / 1000))),
    row(301, { is: "failed", reason: "NAN: the loss is no number." }),
    ...Array.from({ length: 178 }, (_, index) => row(302 + index, { is: "waiting" })),
    row(480, { is: "working", words: "epoch 2 of 10" }),
  ];

  it("shows what is at work and what failed first, then the highest AUCs, and counts the rest", () => {
    const text = tableOf(many, false);
    assert.match(text, /300 of 480 evaluated/);
    assert.match(text, /seed 480.*epoch 2 of 10.*seed 301.*the loss is no number.*seed 300.*seed 299/s);
    assert.equal(text.match(/class="outcome done"/g)?.length, 40);
    assert.match(text, /260 experiments<\/th>.*below the 40 highest AUCs/s);
    assert.match(text, /178 experiments<\/th>.*waiting <small>for a worker/s);
    assert.ok(text.length < 100_000, `${text.length} bytes for every change`);
  });

  it("marks what looking at no image reaches, and says that many intervals miss by chance", () => {
    const text = tableOf(many, false);
    assert.match(text, /data-label="AUC">.*<line class="zero" x1="50\.0%"/s);
    assert.match(text, /Of 300 intervals one in twenty misses by chance/);
    assert.doesNotMatch(tableOf([row(1, done(0.7))], false), /misses by chance/);
  });

  it("leads to the page of each model once the report is there", () => {
    assert.doesNotMatch(tableOf(many, false), /href/);
    assert.match(
      tableOf(many, true),
      /href="\/runs\/grid\/models\/resnet18-sampler%2Bweighted-loss-head-s300\/report\.html"/,
    );
  });
});
