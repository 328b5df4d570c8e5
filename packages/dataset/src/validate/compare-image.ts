import type { StudyImage } from "../dataset.ts";
import type { FileFacts, FileHeader } from "./inspect-file.ts";
import type { Note } from "./issues.ts";

/** Makers known to burn a view label into the pixels: in VinDr-Mammo, Siemens alone. */
const makersWithViewLabel = /siemens/i;

/** What one file says against its row, and what is odd about it. */
export function compareImage(image: StudyImage, { header, pixels, failure }: FileFacts, note: Note): void {
  const { source } = image;
  if (failure?.code === "SOURCE_MISSING") note("IMAGE_MISSING", { example: source });
  else if (failure) noteUnreadable(source, failure, note);
  if (!header) return;
  noteFacts(header, note);
  compareSize(header, image, note);
  compareView(header, image, note);
  compareBoxes(header, image, note);
  if (header.frames > 1) note("SEVERAL_FRAMES", { example: `${source}: ${header.frames} frames` });
  for (const warning of header.warnings) note("HEADER_ODD", { example: `${source}: ${warning}` });
  const maker = makerOf(header);
  if (header.burnedInAnnotation === "YES") note("BURNED_IN_ANNOTATION", { example: source, group: maker });
  if (pixels?.isBlank) note("IMAGE_BLANK", { example: source });
  if (!pixels || pixels.text.length === 0) return;
  const isExpected = makersWithViewLabel.test(maker) && pixels.text.length === 1 && pixels.text[0]?.isShort === true;
  note(isExpected ? "VIEW_LABEL" : "BURNT_IN_TEXT", { example: source, group: maker });
}

function noteUnreadable(source: string, { code, message }: { code: string; message: string }, note: Note): void {
  const example = message.includes(source) ? message : `${source}: ${message}`;
  note("IMAGE_UNREADABLE", { example, group: code });
}

function noteFacts(header: FileHeader, note: Note): void {
  note("MAKERS", { group: makerOf(header) });
  const { photometricInterpretation = "grey", transferSyntaxUid = "not DICOM", bitsStored } = header;
  note("PHOTOMETRIC", { group: `${photometricInterpretation} of ${bitsStored} bits` });
  note("TRANSFER_SYNTAXES", { group: transferSyntaxUid });
}

function makerOf({ manufacturer }: FileHeader): string {
  return manufacturer ?? "maker not named";
}

function compareSize({ rows, columns }: FileHeader, { source, widthPx, heightPx }: StudyImage, note: Note): void {
  if ((widthPx ?? columns) === columns && (heightPx ?? rows) === rows) return;
  note("SIZE_DIFFERS", { example: `${source}: ${columns} x ${rows}, annotated ${widthPx} x ${heightPx}` });
}

function compareView(header: FileHeader, { source, laterality, viewPosition }: StudyImage, note: Note): void {
  const isSide = header.laterality === "L" || header.laterality === "R";
  if (isSide && laterality !== null && header.laterality !== laterality)
    note("LATERALITY_DIFFERS", { example: `${source}: ${header.laterality}, annotated ${laterality}` });
  if (header.viewPosition !== undefined && viewPosition !== null && header.viewPosition !== viewPosition)
    note("VIEW_DIFFERS", { example: `${source}: ${header.viewPosition}, annotated ${viewPosition}` });
}

function compareBoxes({ rows, columns }: FileHeader, { source, findings = [] }: StudyImage, note: Note): void {
  for (const { box } of findings) {
    if (!box) continue;
    const { x, y, width, height } = box;
    if (x >= 0 && y >= 0 && x + width <= columns && y + height <= rows && width > 0 && height > 0) continue;
    const [left, top, across, down] = [x, y, width, height].map((value) => value.toFixed(1));
    note("BOX_OUTSIDE", { example: `${source}: ${across} x ${down} at (${left}, ${top}) of ${columns} x ${rows}` });
  }
}
