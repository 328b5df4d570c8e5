/**
 * The rows of VinDr-Mammo's three CSV files (Nguyen et al., PhysioNet 1.0.0): each column's text becomes a value here,
 * once, or is refused with a message that says what was expected.
 */
import { z } from "zod";
import { identifier, side } from "../tables/fields.ts";
import { parsePythonList } from "../tables/parse-python-list.ts";

const pixels = z
  .string()
  .regex(/^[1-9]\d{0,4}$/, "a size in pixels from 1 to 99999")
  .transform(Number);

const birads = z
  .string()
  .regex(/^BI-RADS [0-6]$/, "BI-RADS 0 to BI-RADS 6")
  .transform((value) => Number(value.at(-1)));

const density = z
  .enum(["DENSITY A", "DENSITY B", "DENSITY C", "DENSITY D", ""], "DENSITY A to DENSITY D, or nothing")
  .transform((value) => (value === "" ? null : (value.slice(-1) as "A" | "B" | "C" | "D")));

const coordinate = z
  .string()
  .regex(/^(-?\d+(\.\d+)?([eE][+-]?\d+)?)?$/, "a number of pixels, or nothing")
  .transform((value) => (value === "" ? null : Number(value)));

/** A Python list literal; `['No Finding']` becomes the empty list. */
const findingCategories = z.string().transform((value, context) => {
  const categories = parsePythonList(value);
  if (categories === undefined) {
    context.addIssue({ code: "custom", message: "a Python list of names such as ['Mass', 'Skin Thickening']" });
    return z.NEVER;
  }
  return categories.filter((category) => category !== "No Finding");
});

export const breastLevelRow = z.object({
  study_id: identifier,
  series_id: identifier,
  image_id: identifier,
  laterality: side,
  view_position: z.enum(["CC", "MLO"], "CC or MLO"),
  height: pixels,
  width: pixels,
  breast_birads: birads,
  breast_density: density,
  split: z.enum(["training", "test"], "training or test"),
});

/** `finding_birads` is empty on 125 lines of VinDr-Mammo, and boxes on every line without a finding. */
export const findingRow = z.object({
  image_id: identifier,
  finding_categories: findingCategories,
  finding_birads: z.union([z.literal("").transform(() => null), birads], "BI-RADS 0 to BI-RADS 6, or nothing"),
  xmin: coordinate,
  ymin: coordinate,
  xmax: coordinate,
  ymax: coordinate,
});

/** Of the header facts in `metadata.csv`, only the machine is of use: subgroups are made of it. */
export const metadataRow = z.object({
  "SOP Instance UID": z.string(),
  "Manufacturer's Model Name": z.string(),
});

export type FindingRow = z.infer<typeof findingRow>;
