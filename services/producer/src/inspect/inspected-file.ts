import type { Finding } from "@mammoflow/dataset";
import { type Box, type Inspection, boxInOutput, type Recipe, recipeHash, recipeName } from "@mammoflow/imaging";

/** One image as `inspect` shows it, whatever the form. */
export interface InspectedFile {
  file: string;
  recipe: Recipe;
  inspection: Inspection;
  /** Of this image, with boxes in the frame's pixels; empty without `--boxes`. */
  findings: Finding[];
}

/** The boxes that are to be drawn. */
export function boxesOf({ findings }: InspectedFile): Box[] {
  return findings.flatMap(({ box }) => box ?? []);
}

/** A finding's box as the last step's picture shows it; undefined when it has none there. */
export function boxShown({ inspection }: InspectedFile, { box }: Finding): Box | undefined {
  const last = inspection.stages.at(-1);
  return box && last ? boxInOutput(box, last.geometry) : undefined;
}

/** What a header says, by name, in words; what it does not say is left out. */
export function factsOf({ inspection, recipe }: InspectedFile): [name: string, value: string][] {
  const { header, greyScale, chestWall } = inspection;
  const { rescale, windows, padding } = greyScale;
  const spacing = header.imagerPixelSpacingMm;
  const implant = header.hasImplant === undefined ? undefined : header.hasImplant ? "yes" : "no";
  const facts: [string, string | undefined][] = [
    ["size", `${header.columns} x ${header.rows} px, ${header.bitsStored} bits`],
    ["frames", greyScale.frames > 1 ? String(greyScale.frames) : undefined],
    ["photometric interpretation", header.photometricInterpretation],
    ["smallest value is white", greyScale.isInverted ? "yes" : "no"],
    ["transfer syntax", header.transferSyntaxUid],
    ["modality", header.modality],
    ["manufacturer", header.manufacturer],
    ["laterality", header.laterality],
    ["view position", header.viewPosition],
    ["patient orientation", header.patientOrientation],
    ["implant", implant],
    ["burnt-in annotation", header.burnedInAnnotation],
    ["detector pixels", spacing && `${spacing.join(" x ")} mm`],
    ["modality values", greyScale.hasModalityLut ? "by a look-up table" : lineInWords(rescale)],
    ["VOI windows", windows.map(({ center, width, function: curve }) => `${center}/${width} ${curve}`).join(", ")],
    ["VOI look-up tables", greyScale.voiLuts > 0 ? String(greyScale.voiLuts) : undefined],
    ["padding", padding && (padding.low === padding.high ? String(padding.low) : `${padding.low} to ${padding.high}`)],
    ["chest wall", chestWall && `on the ${chestWall} of the frame`],
    ["recipe", `${recipeName(recipe)} (${recipeHash(recipe).slice(0, 12)})`],
  ];
  return facts.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value]]));
}

function lineInWords({ slope, intercept }: Inspection["greyScale"]["rescale"]): string {
  return slope === 1 && intercept === 0
    ? "the stored ones"
    : `stored x ${slope} ${intercept < 0 ? "-" : "+"} ${Math.abs(intercept)}`;
}

/** A finding in words. */
export function findingTitle({ categories, birads }: Finding): string {
  const what = categories.length === 0 ? "no finding" : categories.join(", ");
  return birads === null ? what : `${what}, BI-RADS ${birads}`;
}

export function boxInWords({ x, y, width, height }: Box): string {
  const [left, top, wide, high] = [x, y, width, height].map(Math.round);
  return `${wide} x ${high} px at ${left}, ${top}`;
}
