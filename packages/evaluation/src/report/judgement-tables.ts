import { medianSeed, seedsInWords, seriesOf, variantInWords } from "../comparison/series.ts";
import { formatCount, formatEstimate, formatInterval, formatPercent, formatShare } from "../format.ts";
import { appliedCorrection, type AppliedCorrection, type Calibration } from "../judgement/calibration.ts";
import type { Gap, Judgement, LevelJudgement, Subgroup, Subgrouping, Transfer } from "../judgement/judgement.ts";
import { ruleInWords } from "../judgement/operating-point.ts";
import { smallGroup } from "../judgement/subgroups.ts";
import { markup, type Content, type Markup } from "../markup.ts";
import { metricTitles, type Estimate, type MetricName } from "../metrics/binary-metrics.ts";
import { withoutLooking } from "../metrics/without-looking.ts";
import type { RunSummary } from "../run-summary.ts";

/** One level a block: what each threshold that was chosen on validation reaches on test. */
export function operatingPointTable({ levels, aggregation }: Judgement): Markup {
  return table(
    ["Threshold", "Chosen for", "On validation", ...decisionColumns.map((name) => shortTitles[name])],
    levels.map((level) => ({
      title: levelTitle(level, aggregation),
      rows: [
        ...level.operatingPoints.map(({ rule, threshold, validation, test }, index) => ({
          style: index === 0 ? "chosen" : "",
          head: formatShare(threshold),
          cells: [
            [index === 0 ? "The operating point: " : "", ruleInWords(rule)].join(""),
            validation === null
              ? "no validation"
              : `recall ${formatShare(validation.recall)}, specificity ${formatShare(validation.specificity)}, F1 ${formatShare(validation.f1)}`,
            ...decisionColumns.map((name) => numberCell(test[name])),
          ],
        })),
        {
          style: "small",
          head: "-",
          cells: ["Without looking at an image, at best", "", ...baselineCells(level, decisionColumns)],
        },
      ],
    })),
  );
}

/** One block a level: the metrics that no threshold changes, above what they are without looking. */
export function levelTable({ levels, aggregation }: Judgement): Markup {
  return table(
    ["Level", ...rankingColumns.map((name) => shortTitles[name])],
    levels.map((level) => ({
      rows: [
        { head: levelTitle(level, aggregation), cells: rankingColumns.map((name) => numberCell(level.ranking[name])) },
        { style: "small", head: "without looking at an image", cells: baselineCells(level, rankingColumns) },
      ],
    })),
  );
}

/** As given and after each correction that was fitted on validation. */
export function calibrationTable(calibration: Calibration): Markup {
  const { asGiven, temperature, slopeAndIntercept } = calibration;
  const applied = appliedCorrection(calibration);
  const mark = (by: AppliedCorrection["by"]): string => (applied?.by === by ? ": the one applied" : "");
  const rows = [
    { head: "As the model gives them", figures: asGiven },
    ...(temperature === null
      ? []
      : [
          {
            head: `${temperatureTitle(temperature.temperature)}${mark("temperature")}`,
            figures: temperature,
          },
        ]),
    ...(slopeAndIntercept === null
      ? []
      : [
          {
            head: `Slope ${slopeAndIntercept.slope.toFixed(2)}, intercept ${slopeAndIntercept.intercept.toFixed(2)}${mark("slope-and-intercept")}`,
            figures: slopeAndIntercept,
          },
        ]),
  ];
  return table(
    ["Probabilities", "ECE, equal width", "ECE, equal mass", "Brier score", "Log loss"],
    [
      {
        rows: rows.map(({ head, figures }) => ({
          head,
          style: figures === applied?.figures ? "chosen" : "",
          cells: [figures.eceEqualWidth, figures.eceEqualMass, figures.brier, figures.logLoss].map((value) =>
            formatShare(value),
          ),
        })),
      },
    ],
  );
}

/** One column a block: each group with its interval, then the gap between the highest and the lowest. */
export function subgroupTable(subgroups: readonly Subgrouping[]): Markup {
  return table(
    ["Group", "Images", ...groupColumns.map((name) => shortTitles[name])],
    subgroups.map(({ column, groups, gaps }) => ({
      title: columnTitles[column] ?? column,
      rows: [
        ...groups.map(groupRow),
        ...(Object.keys(gaps).length === 0
          ? []
          : [{ style: "gap", head: "Gap", cells: ["", ...groupColumns.map((name) => gapCell(gaps[name]))] }]),
      ],
    })),
  );
}

/** Every metric of every group, for those who want more than the table of subgroups shows. */
export function allSubgroupMetrics(subgroups: readonly Subgrouping[]): Markup {
  const names = (Object.keys(shortTitles) as MetricName[]).filter(
    (name) => !groupColumns.some((shown) => shown === name),
  );
  return table(
    ["Group", ...names.map((name) => shortTitles[name])],
    subgroups.map(({ column, groups, gaps }) => ({
      title: columnTitles[column] ?? column,
      rows: [
        ...groups.map(({ value, isSmall, metrics }) => ({
          head: marked(value, isSmall),
          style: isSmall ? "small" : "",
          cells: names.map((name) => numberCell(metrics[name])),
        })),
        ...(Object.keys(gaps).length === 0
          ? []
          : [{ style: "gap", head: "Gap", cells: names.map((name) => gapCell(gaps[name])) }]),
      ],
    })),
  );
}

/** The AUC of every model inside and outside its sources; null where no model was tested outside. */
export function transferOverview(summary: RunSummary): Markup | null {
  const rows = seriesOf(summary).flatMap((series): TableRow[] => {
    const { judgement, backboneTitle } = medianSeed(series);
    const { trainedOn, inside, outside, aucDifference } = judgement?.transfer ?? {};
    if (!trainedOn || !outside) return [];
    return [
      {
        head: markup`<a href="#${series.name}">${backboneTitle}</a><small>${variantInWords(series.experiments[0])}, ${seedsInWords(series)}</small>`,
        cells: [
          trainedOn.join(", "),
          inside ? numberCell(inside.metrics.auc) : "-",
          markup`${numberCell(outside.metrics.auc)}${outside.isSmall && markup` <span class="mark">small</span>`}`,
          aucDifference ? numberCell(aucDifference, " to ") : "-",
        ],
      },
    ];
  });
  if (rows.length === 0) return null;
  return table(["Model", "Learnt from", "AUC inside", "AUC outside", "Inside minus outside"], [{ rows }]);
}

/** Sources that were trained on beside others. */
export function transferTable({ trainedOn, inside, outside, aucDifference }: Transfer): Markup {
  return markup`${table(
    ["Source", "Images", ...groupColumns.map((name) => shortTitles[name])],
    [
      {
        rows: [
          { group: inside, head: `Trained on: ${trainedOn.join(", ")}` },
          { group: outside, head: "Not trained on" },
        ].flatMap(({ group, head }) =>
          group === null ? [] : [{ ...groupRow(group), head: marked(head, group.isSmall) }],
        ),
      },
    ],
  )}
${aucDifference && markup`<p class="remark">AUC inside minus outside: ${formatEstimate(aucDifference)}.</p>`}`;
}

export const smallGroupRemark = `Small: fewer than ${smallGroup} patients with a malignant image or fewer than ${smallGroup} without; its numbers say little, and gaps leave it out. A gap is the highest group minus the lowest; the two are picked because they lie farthest apart, so with many groups some gap is to be expected from chance alone, and no interval here is corrected for the number of groups.`;

/** What looking at no image reaches at best; empty where that is any value. */
function baselineCells({ positives, cases }: LevelJudgement, names: readonly MetricName[]): string[] {
  const baseline = withoutLooking(positives, cases);
  return names.map((name) => (baseline[name] === null ? "any" : formatShare(baseline[name])));
}

const decisionColumns = ["recall", "specificity", "precision", "f1", "balancedAccuracy", "mcc", "accuracy"] as const;
const rankingColumns = ["auc", "averagePrecision", "recallAtSpecificity90", "specificityAtRecall90", "brier"] as const;
const groupColumns = ["auc", "recall", "specificity", "precision", "f1"] as const;

/** Where room is scarce. */
const shortTitles: Record<MetricName, string> = {
  ...metricTitles,
  recall: "Recall",
  averagePrecision: "Av. precision",
  balancedAccuracy: "Bal. accuracy",
  f1Gain: "F1 gain",
  recallAtSpecificity90: "Recall at 90 % spec.",
  specificityAtRecall90: "Spec. at 90 % recall",
};

const columnTitles: Record<string, string> = {
  density: "Breast density",
  laterality: "Side",
  view: "View",
  manufacturer: "Manufacturer",
  age: "Age in years",
  source: "Source",
};

function levelTitle({ level, cases, positives }: LevelJudgement, aggregation: Judgement["aggregation"]): string {
  const how = {
    image: "Per image",
    breast: `Per breast (${aggregation} over its images)`,
    patient: "Per patient (the most suspicious breast)",
  }[level];
  return `${how}: ${formatCount(cases)}, ${formatPercent(positives, cases)} malignant`;
}

function groupRow({ value, rows, positives, isSmall, metrics }: Subgroup): TableRow {
  return {
    style: isSmall ? "small" : "",
    head: marked(value, isSmall),
    cells: [
      markup`${formatCount(rows)}<small>${formatPercent(positives, rows)} malignant</small><small>always malignant: F1 ${formatShare(withoutLooking(positives, rows).f1)}</small>`,
      ...groupColumns.map((name) => numberCell(metrics[name])),
    ],
  };
}

/** A temperature at the end of its range would have gone on. */
const temperatureTitle = (temperature: number): string =>
  `Temperature ${temperature.toFixed(2)}${temperature > 19.99 || temperature < 0.0501 ? ", the end of its range" : ""}`;

const marked = (name: string, isSmall: boolean): Markup =>
  markup`${name}${isSmall ? markup` <span class="mark">small</span>` : null}`;

function gapCell(gap: Gap | undefined): Content {
  if (gap === undefined) return "-";
  return markup`${formatShare(gap.difference.value)}<small>${formatInterval(gap.difference, " to ")}</small><small class="between">${gap.highest} over ${gap.lowest}</small>`;
}

const numberCell = (estimate: Estimate, dash = "–"): Markup =>
  markup`${formatShare(estimate.value)}<small>${formatInterval(estimate, dash)}</small>`;

interface TableRow {
  head: Content;
  cells: Content[];
  style?: string;
}

function table(columns: readonly string[], blocks: readonly { title?: string; rows: readonly TableRow[] }[]): Markup {
  return markup`<table class="figures"><thead><tr>${columns.map((column) => markup`<th scope="col">${column}</th>`)}</tr></thead>
${blocks.map(
  ({
    title,
    rows,
  }) => markup`<tbody>${title === undefined ? null : markup`<tr class="group"><th scope="rowgroup" colspan="${columns.length}">${title}</th></tr>`}
${rows.map(
  ({ head, cells, style = "" }) =>
    markup`<tr${style !== "" && markup` class="${style}"`}><th scope="row">${head}</th>${cells.map((cell, index) => markup`<td data-label="${columns[index + 1]}">${cell}</td>`)}</tr>`,
)}</tbody>`,
)}</table>`;
}
