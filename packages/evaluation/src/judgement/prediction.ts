import { z } from "zod";

/** What a model said of one image, with all that its results can be told apart by; what is not known is null. */
export const predictionSchema = z.strictObject({
  imageId: z.string().min(1),
  studyId: z.string().min(1),
  /** The study's id where patients are not known. */
  patientId: z.string().min(1),
  /** The data set (or site) that the image comes from. */
  source: z.string().min(1).nullable(),
  laterality: z.enum(["L", "R"]).nullable(),
  view: z.string().min(1).nullable(),
  birads: z.number().int().nullable(),
  density: z.string().min(1).nullable(),
  manufacturer: z.string().min(1).nullable(),
  ageYears: z.number().nonnegative().nullable(),
  /** 0 benign, 1 malignant. */
  label: z.union([z.literal(0), z.literal(1)]),
  /** How often the image counts: once, or once for each of its findings. */
  rows: z.number().int().min(1),
  /** Of being malignant, 0..1. */
  probability: z.number().min(0).max(1),
  /** Further values by which the data set tells its images apart, e.g. `{ machine: "29" }`. */
  groups: z.record(z.string(), z.string()),
});
export type Prediction = z.infer<typeof predictionSchema>;
