import type { TrainingImages } from "@mammoflow/jobs/objects";
import type { JudgedImage } from "./child/serve-request.ts";
import type { ModelFacts, QualityWarning } from "./served-model.ts";

/** Views of screening, taken for trained on where the run has not stored which ones it saw. */
const customaryViews = ["CC", "MLO"];
/** A picture whose longer side is outside the training images' by this factor shows its details at another size. */
const sizeFactor = 2;

/** What is odd about an image, as far as it can be told without knowing what is right. */
export function qualityWarnings(
  { header, unlikeness, warnings }: JudgedImage,
  { sizePx }: Pick<ModelFacts, "sizePx">,
  training: TrainingImages | null,
): QualityWarning[] {
  return [
    ...warnings,
    ...(header === null ? [] : headerWarnings(header, sizePx, training)),
    ...likenessWarnings(unlikeness, training),
  ];
}

function headerWarnings(
  header: NonNullable<JudgedImage["header"]>,
  sizePx: number | null,
  training: TrainingImages | null,
): QualityWarning[] {
  const found: QualityWarning[] = [];
  const warn = (code: QualityWarning["code"], message: string): void => void found.push({ code, message });
  const { modality, viewPosition, hasImplant, burnedInAnnotation, rows, columns } = header;
  if (modality !== undefined && modality !== "MG") warn("MODALITY", "the header's modality is not mammography (MG)");
  const views = Object.keys(training?.views ?? {});
  const seen = views.length > 0 ? views : customaryViews;
  if (viewPosition !== undefined && !seen.includes(viewPosition))
    warn("VIEW", `its view is none that the model was trained on (${seen.join(", ")})`);
  if (hasImplant === true) warn("IMPLANT", "the header says that there is an implant");
  if (burnedInAnnotation === "YES") warn("BURNT_IN_TEXT", "the header says that text is burnt into the picture");
  const longer = Math.max(rows, columns);
  const { least, most } = training?.longerSidePx ?? { least: (sizePx ?? 0) * sizeFactor, most: Infinity };
  if (longer < least / sizeFactor || longer > most * sizeFactor)
    warn(
      "SIZE",
      `its longer side has ${longer} px, ${longer < least ? "less than half of the smallest" : "more than twice the largest"} that the model ${training?.longerSidePx ? "was trained on" : "looks at"} (${longer < least ? least : most} px)`,
    );
  return found;
}

function likenessWarnings(unlikeness: number | null, training: TrainingImages | null): QualityWarning[] {
  const likeness = training?.likeness;
  if (!likeness || unlikeness === null || unlikeness <= likeness.threshold) return [];
  const { threshold, quantile, validationImages } = likeness;
  const percent = Math.round(quantile * 100);
  return [
    {
      code: "UNLIKE_TRAINING",
      message: `it is unlike the images that the model was trained on: ${unlikeness.toFixed(2)}, where ${percent} % of ${validationImages} validation images are at ${threshold.toFixed(2)} or below`,
    },
  ];
}
