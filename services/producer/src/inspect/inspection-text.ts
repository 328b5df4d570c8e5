import { boxInWords, boxShown, factsOf, findingTitle, type InspectedFile } from "./inspected-file.ts";

const blocks = " ▁▂▃▄▅▆▇█";

/** Everything about an inspected image that needs no picture. */
export function inspectionText(inspected: InspectedFile): string {
  const { file, inspection, findings } = inspected;
  const { stages, histogram, warnings } = inspection;
  const facts = factsOf(inspected);
  const nameWidth = Math.max(...facts.map(([name]) => name.length));
  const sizes = stages.map(({ widthPx, heightPx }) => `${widthPx} x ${heightPx}`);
  const sizeWidth = Math.max(...sizes.map(({ length }) => length));
  return [
    file,
    ...facts.map(([name, value]) => `  ${name.padEnd(nameWidth)}  ${value}`),
    "",
    `stored values ${histogram.low} to ${histogram.high}, logarithmic`,
    `  ${bars(histogram.counts)}`,
    "",
    ...stages.map(
      ({ name, description }, index) =>
        `  ${index} ${name.padEnd(7)} ${(sizes[index] ?? "").padStart(sizeWidth)}  ${description}`,
    ),
    ...(findings.length > 0 ? [""] : []),
    ...findings.map((finding) => `  ${findingTitle(finding)}: ${placeInWords(inspected, finding)}`),
    ...(warnings.length > 0 ? [""] : []),
    ...warnings.map((warning) => `  warning: ${warning}`),
  ].join("\n");
}

function placeInWords(inspected: InspectedFile, finding: InspectedFile["findings"][number]): string {
  if (finding.box === null) return "no box";
  const shown = boxShown(inspected, finding);
  return `${boxInWords(finding.box)}; in the output ${shown ? boxInWords(shown) : "not to be seen"}`;
}

/** One block for each count, as high as the count's logarithm. */
function bars(counts: number[]): string {
  const most = Math.log1p(Math.max(...counts));
  return counts
    .map((count) =>
      blocks.charAt(count === 0 ? 0 : Math.max(1, Math.round((Math.log1p(count) / most) * (blocks.length - 1)))),
    )
    .join("");
}
