import { formatCount, formatPercent } from "../format.ts";
import { labelRuleInWords, researchUseOnly } from "../limits.ts";
import type { Experiment, RunSummary, SplitFacts } from "../run-summary.ts";
import { datasetTitle, hashTable, splitTable } from "./card-facts.ts";
import { bullets, line, list, table } from "./markdown.ts";

/**
 * The data sheet of what one model learnt from, as Markdown: the headings of T. Gebru and others, "Datasheets for datasets"
 * (Communications of the ACM, 2021), filled with what the run knows, and saying where it does not know.
 */
export function renderDataSheet(summary: RunSummary, experiment: Experiment): string {
  const { dataset, recipe, preprocessing, warnings, configuration } = summary;
  const { labelRule, madeSplit } = dataset;
  const leftOut = experiment.leftOut;
  return (
    [
      `# Data sheet: ${line(datasetTitle(summary))}, as ${line(experiment.name)} learnt from it`,
      `${researchUseOnly} Human review required.`,
      "What is not said here the run does not know; the data set's own documentation may.",
      "## Motivation",
      "In this run: to compare ways to tell benign from malignant mammograms. For what purpose, by whom and with whose money the images were collected, the run does not know.",
      "## Composition",
      list([
        ["An instance", `one image; ${labelRuleInWords(labelRule)}`],
        ["Label", "truth" in labelRule ? labelRule.truth : "the readers' BI-RADS assessment, not a biopsy"],
        [
          "Split",
          madeSplit
            ? `made by this run: ${formatPercent(madeSplit.testShare, 1)} for testing, seed ${madeSplit.seed}, by patient where patients are known`
            : "the data set's own",
        ],
        ...(leftOut === undefined ? [] : [["Left out of the training", leftOut] as const]),
        ["Synthetic", dataset.isSynthetic ? "yes: generated phantoms, which say nothing about mammograms" : "no"],
      ]),
      splitTable(summary),
      ...categoryTables(dataset.splits),
      bullets([
        `Missing: ${formatCount(preprocessing.failed)} of ${formatCount(preprocessing.submitted)} studies could not be prepared.`,
        ...warnings,
        "Images of one patient are not independent; splits and intervals go by patient where patients are known, else by study.",
      ]),
      "## Collection process",
      list([
        ["Where it lies", textOf(configuration["dataset"]) ?? dataset.name],
        ["How, when, from whom and with what consent", "not known to the run"],
      ]),
      "## Preprocessing, cleaning, labelling",
      bullets([`Recipe ${recipe.name} (${recipe.hash}).`, ...recipe.steps]),
      "The originals are left as they are; prepared images, their hashes and what was kept of each header lie in the run's store.",
      "## Uses",
      bullets([
        "Used here for training and testing models of this run only.",
        "Not for diagnosis, screening or triage, nor for models that serve them.",
        "The classes are far from balanced; a model that calls every image benign is right for most of them.",
      ]),
      "## Distribution",
      "The run distributes no image. The data set's licence says who may have them; the run's store must be kept as that licence asks.",
      "## Maintenance",
      `This sheet is made again with the report of run ${line(summary.runId)} and changes with it. What it was made from:`,
      hashTable(summary, experiment),
    ].join("\n\n") + "\n"
  );
}

/** Rows by BI-RADS and by density, a line a category, a column a split. */
function categoryTables(splits: readonly SplitFacts[]): string[] {
  const kinds = [
    ["BI-RADS", "birads"],
    ["Density", "density"],
  ] as const;
  return kinds.flatMap(([title, name]) => {
    const categories = [...new Set(splits.flatMap((split) => Object.keys(split[name])))].toSorted();
    if (categories.length === 0) return [];
    const cell = (split: SplitFacts, category: string): string => {
      const rows = split[name][category] ?? 0;
      return `${formatCount(rows)} (${formatPercent(rows, split.rows)})`;
    };
    return [
      table(
        [title, ...splits.map(({ split }) => split)],
        categories.map((category) => [category, ...splits.map((split) => cell(split, category))]),
      ),
    ];
  });
}

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
