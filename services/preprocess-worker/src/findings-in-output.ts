import { type Box, type Geometry, boxInOutput } from "@mammoflow/imaging";
import type { IndexedStudy, ManifestLine } from "@mammoflow/jobs";

type SourceFindings = IndexedStudy["images"][number]["findings"];

/** Findings of a source image as its training image shows them: boxes in output pixels, cut to what is in the picture. */
export function findingsInOutput(findings: SourceFindings, geometry: Geometry): ManifestLine["findings"] {
  return findings?.map((finding) => {
    const shown = finding.box && boxInOutput(finding.box, geometry);
    return { ...finding, box: shown ? toHundredths(shown) : null };
  });
}

/** Finer than any box was drawn. */
function toHundredths({ x, y, width, height }: Box): Box {
  const [left = 0, top = 0, wide = 0, high = 0] = [x, y, width, height].map((value) => Math.round(value * 100) / 100);
  return { x: left, y: top, width: wide, height: high };
}
