/** What the fields of mammography tables hold, each checked once; a refusal ends the sentence "expected ...". */
import { z } from "zod";
import type { Density } from "../dataset.ts";

/**
 * Identifiers become object names, job names and paths, so that nothing but letters, digits and `. _ -` is accepted.
 * VinDr-Mammo's are 32 hexadecimal digits and no valid DICOM UIDs, which is fine.
 */
export const identifier = z
  .string()
  .regex(
    /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    "an identifier of at most 128 letters, digits, '.', '_' or '-', without '..'",
  );

export const side = z.enum(["L", "R"], "L or R");

/** DICOM's view codes are short and upper-case (PS3.16 CID 4014); archives have some of their own. */
export const view = z.string().regex(/^[A-Z]{2,5}$/, "a view code such as CC, MLO, ML or XCCL");

export const zeroOrOne = z.enum(["0", "1"], "0 or 1").transform((value): 0 | 1 => (value === "1" ? 1 : 0));

/** BI-RADS density or ACR category as a letter, or as 1 to 4; `0` and nothing say nothing. */
export const densityCategory = z
  .string()
  .regex(/^([A-D]|[0-4])?$/, "a density A to D or 1 to 4, or nothing")
  .transform((value): Density | null => {
    const letters: Record<string, Density> = { A: "A", B: "B", C: "C", D: "D", "1": "A", "2": "B", "3": "C", "4": "D" };
    return letters[value] ?? null;
  });

/** BI-RADS 0 to 6; 4A, 4B and 4C are degrees of 4; pandas writes `2.0` where values are missing; nothing says nothing. */
export const biradsCategory = z
  .string()
  .regex(/^([0-6](\.0+)?|4[abcABC])?$/, "BI-RADS 0 to 6 (4a, 4b, 4c), or nothing")
  .transform((value) => (value === "" ? null : Number(value[0])));

/** Ages in whole decades, and all from 90 on as one: ages above 89 can tell who somebody is. */
export const ageGroup = z
  .string()
  .regex(/^(\d{1,3}(\.\d+)?)?$/, "an age in years, or nothing")
  .transform((value) => {
    if (value === "") return undefined;
    const decade = Math.floor(Number(value) / 10) * 10;
    return decade >= 90 ? "90 and over" : `${decade}-${decade + 9}`;
  });
