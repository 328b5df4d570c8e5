import { comparisonColumns } from "../comparison/comparison-rows.ts";
import { seriesOf } from "../comparison/series.ts";
import { markup, Markup } from "../markup.ts";
import type { Experiment, RunSummary } from "../run-summary.ts";

/** Below this there is nothing to choose from. */
const fewModels = 6;

/** Whether there are enough models to choose from. */
export const hasChoice = (summary: RunSummary): boolean => seriesOf(summary).length >= fewModels;

/**
 * Which models the page shows, and by what it orders them. There is no script: what is chosen in a list is a state that the style
 * sheet can ask for (`:has(option:checked)`), and rows have their place by every column.
 */
export function choicePanel(summary: RunSummary): Markup | null {
  if (!hasChoice(summary)) return null;
  const list = (id: string, title: string, options: readonly (readonly [value: string, title: string])[]): Markup =>
    markup`<label>${title} <select id="${id}">${options.map(([value, name]) => markup`<option value="${value}">${name}</option>`)}</select></label>`;
  return markup`<div class="choice" role="group" aria-label="Which models, in which order">
${facetsOf(summary).map(({ title, values }, facet) =>
  list(`only-${facet}`, title, [["", "all"], ...values.map((value, index) => [String(index), value] as const)]),
)}
${list(
  "order",
  "Highest first by",
  orders.map(({ name, title }) => [name, title] as const),
)}</div>`;
}

/** The rules behind the panel: one a value that can be chosen, two an order. */
export function choiceStyle(summary: RunSummary): string {
  if (!hasChoice(summary)) return "";
  const chosen = (list: string, value: string): string => `main:has(#${list} option[value="${value}"]:checked)`;
  return [
    ...facetsOf(summary).flatMap(({ values }, facet) =>
      values.map(
        (_, index) =>
          `${chosen(`only-${facet}`, String(index))} [data-facet-${facet}]:not([data-facet-${facet}="${index}"]) { display: none; }`,
      ),
    ),
    ...orders.map(
      ({ name }) =>
        `@media screen { ${chosen("order", name)} .comparison .model { order: var(--${name}); } ${chosen("order", name)} .comparison .by-${name} { color: var(--accent); font-weight: 640; } }`,
    ),
  ].join("\n");
}

/** What the rules know a model by, as attributes of its element; by the name of its series. */
export function choiceAttributes(summary: RunSummary): (series: string) => Markup | null {
  const facets = facetsOf(summary);
  const known = new Map(seriesOf(summary).map(({ name, experiments: [first] }) => [name, first]));
  return (series) => {
    const experiment = known.get(series);
    if (!experiment) return null;
    return markup`${facets.map(({ values, valueOf }, facet) => markup` data-facet-${facet}="${values.indexOf(valueOf(experiment))}"`)}`;
  };
}

/** The AUC first: what the rows are ordered by anyway. */
const orders = comparisonColumns.toReversed();

interface Facet {
  title: string;
  values: string[];
  valueOf: (experiment: Experiment) => string;
}

/** By what this run's models can be told apart: each with its values, two or more. */
function facetsOf({ experiments }: RunSummary): Facet[] {
  const settings = new Set(experiments.flatMap((experiment) => Object.keys(experiment.settings ?? {})));
  const inOrder = new Intl.Collator("en", { numeric: true });
  const facets: Omit<Facet, "values">[] = [
    { title: "Backbone", valueOf: ({ backboneTitle }) => backboneTitle },
    { title: "Strategy", valueOf: ({ strategy }) => strategy },
    { title: "Trained part", valueOf: ({ part }) => part },
    ...[...settings].map((name) => ({
      title: name,
      valueOf: (experiment: Experiment) => String(experiment.settings?.[name] ?? "as the run"),
    })),
    { title: "Left out", valueOf: ({ leftOut }) => leftOut ?? "nothing" },
  ];
  return facets
    .map((facet) => ({ ...facet, values: [...new Set(experiments.map(facet.valueOf))].toSorted(inOrder.compare) }))
    .filter(({ values }) => values.length > 1);
}
