import { AppError, energySchema } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { runConfigSchema, type RunConfig } from "./run-config.ts";
import { weightsFactsSchema } from "./weights-facts.ts";

const four = (n: number): string => String(n).padStart(4, "0");

/** The names of a run's objects. */
export const objectNames = {
  config: (run: string) => `runs/${run}/run.yaml`,
  index: (run: string, shard: number) => `runs/${run}/index/${four(shard)}.jsonl`,
  generation: (run: string, generation: number) => `runs/${run}/generations/${generation}.json`,
  image: (run: string, study: string, image: string) => `runs/${run}/images/${study}/${image}.png`,
  record: (run: string, study: string) => `runs/${run}/records/${study}.json`,
  shard: (run: string, shard: number) => `runs/${run}/shards/${four(shard)}.jsonl`,
  manifest: (run: string) => `runs/${run}/manifest.jsonl`,
  datasetReport: (run: string, type: "html" | "json") => `runs/${run}/dataset-report.${type}`,
  features: (run: string) => `runs/${run}/features.json`,
  experiment: (run: string, experiment: string, file: string) => `runs/${run}/models/${experiment}/${file}`,
  report: (run: string) => `runs/${run}/report/index.html`,
  summary: (run: string) => `runs/${run}/report/summary.json`,
  comparison: (run: string) => `runs/${run}/comparison.csv`,
  /** What preparing a shard's studies took in one generation. */
  preparationEnergy: (run: string, shard: number, generation: number) =>
    `runs/${run}/energy/preprocess-${four(shard)}-g${generation}.json`,
  preparationEnergies: (run: string) => `runs/${run}/energy/preprocess-`,
  auditFolder: (run: string) => `runs/${run}/audit/`,
  /** Which model answers where none is named. */
  promoted: () => "serving/promoted.json",
  featureCache: (hash: string) => `cache/features/${hash}.safetensors`,
};

/** A rectangle in pixels, from its upper left corner. */
const boxSchema = z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() });

/** One image as the data set describes it; what it does not say is null. */
export const indexedImageSchema = z.strictObject({
  imageId: z.string().min(1),
  seriesId: z.string().nullable(),
  laterality: z.enum(["L", "R"]).nullable(),
  viewPosition: z.string().min(1).nullable(),
  birads: z.number().int().nullable(),
  density: z.enum(["A", "B", "C", "D"]).nullable(),
  heightPx: z.number().int().nullable(),
  widthPx: z.number().int().nullable(),
  label: z.union([z.literal(0), z.literal(1)]),
  rows: z.number().int().min(1),
  source: z.string().min(1),
  /** Values by which results can be told apart, e.g. `{ machine: "29" }`. */
  groups: z.record(z.string(), z.string()),
  /** Present when the data set lists findings; boxes in pixels of the source image. */
  findings: z
    .array(
      z.strictObject({
        categories: z.array(z.string()),
        birads: z.number().int().nullable(),
        box: boxSchema.nullable(),
      }),
    )
    .optional(),
});

/** A line of `index/NNNN.jsonl`: what was submitted. */
export const indexedStudySchema = z.strictObject({
  studyId: z.string().min(1),
  /** Which of the run's data sets it is of. */
  dataset: z.string().min(1),
  /** Present when the data set tells patients apart. */
  patientId: z.string().min(1).optional(),
  split: z.enum(["training", "test"]),
  images: z.array(indexedImageSchema).min(1),
});
export type IndexedStudy = z.infer<typeof indexedStudySchema>;

const geometrySchema = z.strictObject({ cropBox: boxSchema, isMirrored: z.boolean(), contentBox: boxSchema });

/** What preprocessing found out about one image. */
export const imageRecordSchema = z.strictObject({
  imageId: z.string(),
  address: z.string(),
  pngSha256: z.string(),
  sourceSha256: z.string(),
  widthPx: z.number().int(),
  heightPx: z.number().int(),
  header: z.record(z.string(), z.unknown()),
  /** Carries a place of the frame to the image and back; see the imaging package. */
  geometry: geometrySchema,
  /** The side of the frame on which the chest wall is; known where the recipe needs it. */
  chestWall: z.enum(["left", "right"]).optional(),
  warnings: z.array(z.string()),
});
export type ImageRecord = z.infer<typeof imageRecordSchema>;

/** `records/<study>.json`: written last, so its presence means that the study is done. */
export const studyRecordSchema = z.strictObject({
  studyId: z.string(),
  recipeHash: z.string(),
  images: z.array(imageRecordSchema),
});
export type StudyRecord = z.infer<typeof studyRecordSchema>;

/** A line of `shards/NNNN.jsonl`. */
export const shardLineSchema = z.union([
  z.strictObject({ studyId: z.string(), done: z.literal(true), images: z.array(imageRecordSchema) }),
  z.strictObject({ studyId: z.string(), done: z.literal(false), reason: z.string() }),
]);
export type ShardLine = z.infer<typeof shardLineSchema>;

/** A line of `manifest.jsonl`: one prepared image with all that learning needs to know; boxes of findings in its pixels. */
export const manifestLineSchema = z.strictObject({
  ...indexedImageSchema.shape,
  studyId: z.string(),
  dataset: z.string().min(1),
  patientId: z.string().min(1).optional(),
  split: z.enum(["training", "test"]),
  address: z.string(),
  pngSha256: z.string(),
  /** What the image's header says. */
  manufacturer: z.string().min(1).nullable(),
  ageYears: z.number().nullable(),
  pixelSpacingMm: z.tuple([z.number(), z.number()]).nullable(),
  geometry: geometrySchema,
});
export type ManifestLine = z.infer<typeof manifestLineSchema>;

/** What must stay together when images are divided or resampled: the patient, or the study where patients are not known. */
export function patientOf({ patientId, studyId }: ManifestLine): string {
  return patientId ?? studyId;
}

/** `features.json`: where lies what each backbone says about the images, or why there are none. */
export const featuresIndexSchema = z.strictObject({
  manifestSha256: z.string(),
  /** What taking them took, in all generations of the run; absent where all lay in the store before. */
  taken: z.strictObject({ jobs: z.number().int(), energy: energySchema }).optional(),
  backbones: z.record(
    z.string(),
    z.union([
      z.strictObject({
        /** Addresses in the order of the manifest; empty where no experiment asks for them. */
        features: z.array(z.string()),
        activations: z.array(z.string()),
        weights: weightsFactsSchema,
      }),
      z.strictObject({ notRun: z.string() }),
    ]),
  ),
});
export type FeaturesIndex = z.infer<typeof featuresIndexSchema>;

/** @throws AppError `RUN_UNKNOWN` when the store holds no such run */
export async function readRunConfig(store: ObjectStore, runId: string): Promise<RunConfig> {
  const found = await store.get(objectNames.config(runId));
  if (!found)
    throw new AppError({
      code: "RUN_UNKNOWN",
      message: `${store.address} holds no run ${runId}: check the name and --out (\`mammoflow status\` lists the runs).`,
    });
  return runConfigSchema.parse(parse(found.bytes.toString()));
}

export function runConfigBytes(config: RunConfig): Buffer {
  return Buffer.from(stringify(config, { lineWidth: 0 }));
}

/** The object's lines, or undefined when there is no such object. */
export async function readLines<Line>(
  store: ObjectStore,
  name: string,
  schema: z.ZodType<Line>,
): Promise<Line[] | undefined> {
  const found = await store.get(name);
  return found?.bytes
    .toString()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => schema.parse(JSON.parse(line)));
}

export function linesBytes(lines: unknown[]): Buffer {
  return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

/** The object's content, or undefined when there is no such object. */
export async function readJson<Content>(
  store: ObjectStore,
  name: string,
  schema: z.ZodType<Content>,
): Promise<Content | undefined> {
  const found = await store.get(name);
  return found && schema.parse(JSON.parse(found.bytes.toString()));
}

export function jsonBytes(content: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(content, null, 1)}\n`);
}

/** @throws AppError `OBJECT_MISSING` when a stage needs an object that an earlier one should have written */
export function present<Content>(content: Content | undefined, name: string, runId: string): Content {
  if (content !== undefined) return content;
  throw new AppError({
    code: "OBJECT_MISSING",
    message: `${name} is missing from the store: \`mammoflow resume ${runId}\` makes it again.`,
  });
}
