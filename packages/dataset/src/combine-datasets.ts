import { basename } from "node:path";
import { UsageError } from "@mammoflow/runtime";
import { ruleInWords, type Dataset, type LabelRule, type MadeSplit, type Study } from "./dataset.ts";
import { safeId } from "./tables/safe-id.ts";

/** One of the data sets that a run is made of. */
export interface DatasetSource {
  /** Its folder's name, made safe and unique within the run. */
  name: string;
  root: string;
  adapter: string;
  labelRule: LabelRule;
  madeSplit?: MadeSplit | undefined;
  /** Nothing is learnt from it: all of its studies are in the test split. */
  isTestOnly: boolean;
}

export interface SourcedStudy extends Study {
  /** Name of the data set that it comes from. */
  dataset: string;
}

/** Several data sets as one, or one alone. */
export interface CombinedDataset extends Dataset {
  sources: DatasetSource[];
  studies: SourcedStudy[];
}

/**
 * Puts data sets together. Study and patient ids of several data sets get the data set's name in front, because the same id
 * in two of them is nobody in common; those of a single data set stay as they are.
 *
 * @param testOnly those that only test what is learnt from the others, read with `testOnly`
 * @throws UsageError when the same folder is given twice
 */
export function combineDatasets(datasets: Dataset[], testOnly: Dataset[] = []): CombinedDataset {
  const all = [...datasets, ...testOnly];
  const repeated = all.find(({ root }, index) => all.findIndex((other) => other.root === root) !== index);
  if (repeated)
    throw new UsageError(
      `${repeated.root} is given twice: name each data set once, either to learn from or to test on.`,
    );
  const names = uniqueNames(all.map(({ root }) => safeId(basename(root))));
  const named = all.map((dataset, index) => ({ dataset, name: names[index] ?? "" }));
  const isAlone = all.length === 1;
  const rules = all.map(({ labelRule }) => labelRule);
  const madeSplit = all.find((dataset) => dataset.madeSplit)?.madeSplit;
  return {
    root: all.map(({ root }) => root).join(" + "),
    adapter: [...new Set(all.map(({ adapter }) => adapter))].join(" + "),
    isSynthetic: all.some(({ isSynthetic }) => isSynthetic),
    studies: named.flatMap(({ dataset, name }) => dataset.studies.map((study) => ownStudy(study, name, isAlone))),
    warnings: named.flatMap(({ dataset, name }) =>
      dataset.warnings.map((warning) => (isAlone ? warning : `${name}: ${warning}`)),
    ),
    labelRule: commonRule(rules, names),
    ...(madeSplit && { madeSplit }),
    excluded: all.flatMap(({ excluded }) => excluded ?? []),
    sources: named.map(({ dataset, name }) => ({
      name,
      root: dataset.root,
      adapter: dataset.adapter,
      labelRule: dataset.labelRule,
      ...(dataset.madeSplit && { madeSplit: dataset.madeSplit }),
      isTestOnly: testOnly.includes(dataset),
    })),
  };
}

function ownStudy(study: Study, dataset: string, isAlone: boolean): SourcedStudy {
  if (isAlone) return { ...study, dataset };
  const { studyId, patientId } = study;
  const own = { ...study, dataset, studyId: `${dataset}.${studyId}` };
  return patientId === undefined ? own : { ...own, patientId: `${dataset}.${patientId}` };
}

/** The rule that all share; where they differ, each one's in words. */
function commonRule(rules: LabelRule[], names: string[]): LabelRule {
  const [first, ...others] = rules;
  if (first && others.every((rule) => JSON.stringify(rule) === JSON.stringify(first))) return first;
  const clauses = rules.map((rule, index) => `in ${names[index]} ${ruleInWords(rule).replace(/^malignant /, "")}`);
  return {
    malignantWhere: `the label of its data set says so: ${clauses.join("; ")}`,
    truth:
      "The data sets do not share one rule of what is malignant: a difference between them may be one of their labels.",
    rows: rules.some(({ rows }) => rows === "findings") ? "findings" : "images",
  };
}

/** The second of a name becomes `name-2`. */
function uniqueNames(names: string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let count = 2; taken.has(unique); count++) unique = `${name}-${count}`;
    taken.add(unique);
    return unique;
  });
}
