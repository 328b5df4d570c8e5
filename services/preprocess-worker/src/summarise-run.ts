import { baselines, experimentSchema, type Comparison, type Experiment, type RunSummary } from "@mammoflow/evaluation";
import { recipeName, recipeSchema, renderPreview, describeRecipe } from "@mammoflow/imaging";
import {
  backbonesOf,
  objectNames,
  patientOf,
  present,
  readJson,
  readLines,
  sourceNamed,
  shardLineSchema,
  type FeaturesIndex,
  type ManifestLine,
  type RunConfig,
} from "@mammoflow/jobs";
import { energySchema, sumEnergy, type Energy } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { collectErrors } from "./collect-errors.ts";

/** Pairs of pictures, original and prepared, that the report shows. */
const picturePairs = 4;
const previewPx = 256;

export interface RunParts {
  store: ObjectStore;
  config: RunConfig;
  manifest: ManifestLine[];
  features: FeaturesIndex;
  /** Why an experiment left no metrics, `CODE: sentence`. */
  reasonOf: (experiment: string) => string;
  /** Sets the experiments that have metrics side by side. */
  compare: (experiments: Experiment[]) => Promise<Comparison[]>;
  /** A file of a data set of the run; undefined where it is gone by now. */
  original: (root: string, source: string) => Promise<Buffer | undefined>;
}

/** Everything that the report says of a run, gathered from its store. */
export async function summariseRun({
  store,
  config,
  manifest,
  features,
  reasonOf,
  compare,
  original,
}: RunParts): Promise<RunSummary> {
  const { runId } = config;
  const experiments: Experiment[] = [];
  const notRun: RunSummary["notRun"] = [];
  for (const backbone of backbonesOf(config)) {
    const entry = features.backbones[backbone];
    for (const planned of config.experiments.filter((experiment) => experiment.backbone === backbone)) {
      const metricsName = objectNames.experiment(runId, planned.name, "metrics.json");
      const isPossible = entry !== undefined && "weights" in entry;
      const experiment = isPossible ? await readJson(store, metricsName, experimentSchema) : undefined;
      if (experiment) experiments.push({ ...experiment, ...(await energyOf(store, runId, planned.name)) });
      else
        notRun.push({
          ...planned,
          reason: whatToDo(backbone, isPossible ? reasonOf(planned.name) : (entry?.notRun ?? "UNKNOWN: no features")),
        });
    }
  }
  const test = manifest
    .filter(({ split }) => split === "test")
    .flatMap((line) => Array.from({ length: line.rows }, () => line));
  const recipe = recipeSchema.parse(config.recipe);
  const preprocessing = await preprocessingFacts(store, config);
  const errors = await collectErrors(store, runId, experiments);
  return {
    runId,
    packageVersion: config.version,
    configuration: JSON.parse(JSON.stringify(config)) as RunSummary["configuration"], // plain JSON, as the schema wants it
    ...(config.protocol && { protocol: config.protocol }),
    dataset: {
      name: config.dataset.sources
        .map(({ name, isTestOnly }) => (isTestOnly ? `${name} (test only)` : name))
        .join(", "),
      isSynthetic: config.dataset.isSynthetic,
      labelRule: config.dataset.labelRule,
      ...(config.dataset.madeSplit && { madeSplit: config.dataset.madeSplit }),
      splits: ["training", "test"].map((split) => splitFacts(split, manifest)),
    },
    recipe: { name: recipeName(recipe), hash: config.recipeHash, steps: describeRecipe(recipe) },
    pictures: await takePictures({ store, config, manifest, original }),
    preprocessing,
    experiments,
    ...(errors && { errors }),
    notRun,
    baselines:
      test.length === 0
        ? []
        : baselines(
            test.map(({ label }) => label),
            { groups: test.map(patientOf), resamples: config.bootstrapResamples },
          ),
    comparisons: await compare(experiments),
    energy: stagesOf(
      { jobs: preprocessing.completed, energy: await preparationOf(store, runId) },
      features,
      experiments,
    ),
    warnings: [...warningsOf(config), ...config.dataset.warnings],
    limits: limitsOf(config),
  };
}

async function energyOf(store: ObjectStore, runId: string, experiment: string): Promise<Pick<Experiment, "energy">> {
  const energy = await readJson(store, objectNames.experiment(runId, experiment, "energy.json"), energySchema);
  return energy ? { energy } : {};
}

/** What preparing the images took, in all shards and generations. */
async function preparationOf(store: ObjectStore, runId: string): Promise<Energy | undefined> {
  const shards: Energy[] = [];
  for await (const name of store.list(objectNames.preparationEnergies(runId)))
    shards.push(present(await readJson(store, name, energySchema), name, runId));
  return sumEnergy(shards);
}

/** What preparing, taking features and learning took. */
function stagesOf(
  prepared: { jobs: number; energy: Energy | undefined },
  { taken }: FeaturesIndex,
  experiments: Experiment[],
): NonNullable<RunSummary["energy"]> {
  const learnt = experiments.flatMap(({ energy }) => energy ?? []);
  const energy = sumEnergy(learnt);
  return [
    ...(prepared.energy ? [{ name: "prepare images", jobs: prepared.jobs, energy: prepared.energy }] : []),
    ...(taken ? [{ name: "extract features", ...taken }] : []),
    ...(energy ? [{ name: "train and evaluate", jobs: learnt.length, energy }] : []),
  ];
}

function warningsOf({ validateOn }: RunConfig): string[] {
  if (validateOn === "training") return [];
  return [
    "Epochs, operating points and calibration were chosen on the test split itself, as --validate-on test asked and as the study did: every number here is too good.",
  ];
}

/** What each part that was trained is and is not. */
function limitsOf({ experiments, precision, testFlips }: RunConfig): string[] {
  const limits: Record<Experiment["part"], string> = {
    head: "Where the head was trained, the backbone is frozen and its features are taken in evaluation mode; only the last layer moved, with dropout where the architecture has it.",
    "last-block":
      "Where the last block was trained, what lies before it is frozen, and its activations were rounded to half precision.",
    all: "Where all layers were trained, they began at the pre-trained weights.",
    tree: "Trees see measured features of the image, not the image.",
  };
  const parts = new Set(experiments.map(({ part }) => (part === "boosted" ? "tree" : part)));
  return [
    ...[...parts].flatMap((part) => limits[part] ?? []),
    ...(testFlips === "all"
      ? ["A network's probability of an image is the mean over the image's four flips, in validation as in test."]
      : []),
    ...(precision === "bfloat16" ? ["The frozen layers computed in bfloat16, with 8 bits of mantissa."] : []),
  ];
}

function splitFacts(split: string, manifest: ManifestLine[]): RunSummary["dataset"]["splits"][number] {
  const lines = manifest.filter((line) => line.split === split);
  const rowsWhere = (isCounted: (line: ManifestLine) => boolean): number =>
    lines.reduce((sum, line) => sum + (isCounted(line) ? line.rows : 0), 0);
  /** Empty where the data set gives no value at all. */
  const byValue = (valueOf: (line: ManifestLine) => string | number | null): Record<string, number> =>
    manifest.every((line) => valueOf(line) === null)
      ? {}
      : Object.fromEntries(
          [...new Set(lines.map((line) => String(valueOf(line) ?? "not given")))]
            .toSorted()
            .map((value) => [value, rowsWhere((line) => String(valueOf(line) ?? "not given") === value)]),
        );
  return {
    split,
    studies: new Set(lines.map(({ studyId }) => studyId)).size,
    images: lines.length,
    rows: rowsWhere(() => true),
    benign: rowsWhere(({ label }) => label === 0),
    malignant: rowsWhere(({ label }) => label === 1),
    birads: byValue(({ birads }) => birads),
    density: byValue(({ density }) => density),
  };
}

async function preprocessingFacts(store: ObjectStore, config: RunConfig): Promise<RunSummary["preprocessing"]> {
  const facts: RunSummary["preprocessing"] = {
    submitted: config.dataset.studies,
    completed: 0,
    failed: 0,
    failures: [],
  };
  for (let shard = 0; shard < config.shards; shard++) {
    const name = objectNames.shard(config.runId, shard);
    for (const line of present(await readLines(store, name, shardLineSchema), name, config.runId)) {
      if (line.done) facts.completed++;
      else {
        facts.failed++;
        if (facts.failures.length < 100)
          facts.failures.push({ subject: line.studyId, reason: withoutCode(line.reason) });
      }
    }
  }
  return facts;
}

/** Benign and malignant in turn, from different studies; an original that is gone by now is left out. */
async function takePictures({
  store,
  config,
  manifest,
  original,
}: Pick<RunParts, "store" | "config" | "manifest" | "original">): Promise<RunSummary["pictures"]> {
  const chosen: ManifestLine[] = [];
  for (let pair = 0; pair < picturePairs; pair++) {
    const next = manifest.find(
      ({ label, studyId }) => label === (pair + 1) % 2 && !chosen.some((taken) => taken.studyId === studyId),
    );
    if (next) chosen.push(next);
  }
  const pictures = await Promise.all(
    chosen.map(async ({ dataset, source, address, laterality, viewPosition, birads, label }) => {
      const file = await original(sourceNamed(config, dataset).root, source);
      const prepared = await store.get(address);
      if (!file || !prepared) return [];
      const before = await renderPreview(file, source, previewPx);
      const view = `${laterality ?? ""}${laterality !== null && viewPosition !== null ? "-" : ""}${viewPosition ?? ""}`;
      const reading = [view || "view not given", ...(birads === null ? [] : [`BI-RADS ${birads}`])].join(", ");
      const caption = `${reading} (${label === 1 ? "malignant" : "benign"})`;
      return [{ caption, beforePng: before.toString("base64"), afterPng: prepared.bytes.toString("base64") }];
    }),
  );
  return pictures.flat();
}

/** In a table the command says it all; any other reason is told as it is. */
function whatToDo(backbone: string, reason: string): string {
  return reason.startsWith("WEIGHTS_MISSING:") ? `\`mammoflow weights pull ${backbone}\`` : withoutCode(reason);
}

/** The sentence of `CODE: sentence`. */
function withoutCode(reason: string): string {
  return reason.replace(/^[A-Z][A-Z0-9_]*: /, "");
}
