import type { Box } from "./grey-image.ts";

/** Where an output shows which part of the frame: everything that carries a place from one to the other. */
export interface Geometry {
  /** The part of the frame that is in the picture, in the frame's pixels; fractions where it was cut after a resize. */
  cropBox: Box;
  /** True when left and right are exchanged. */
  isMirrored: boolean;
  /** Where in the output, in its pixels, that part lies; around it is padding. */
  contentBox: Box;
}

/** The geometry of a frame that nothing has happened to yet. */
export function wholeFrame(width: number, height: number): Geometry {
  const whole: Box = { x: 0, y: 0, width, height };
  return { cropBox: whole, isMirrored: false, contentBox: whole };
}

/**
 * A box of the frame as the output shows it; boxes reach from edge to edge, so the pixel at x covers x to x + 1.
 *
 * @returns the part that is in the picture, in output pixels; undefined when nothing of it is
 */
export function boxInOutput(box: Box, { cropBox, isMirrored, contentBox }: Geometry): Box | undefined {
  const inside = intersection(box, cropBox);
  return inside && moved(inside, cropBox, contentBox, isMirrored);
}

/**
 * A box of the output as it lies in the frame.
 *
 * @returns the part that is no padding, in the frame's pixels; undefined when all of it is
 */
export function boxInFrame(box: Box, { cropBox, isMirrored, contentBox }: Geometry): Box | undefined {
  const inside = intersection(box, contentBox);
  return inside && moved(inside, contentBox, cropBox, isMirrored);
}

/** After the output was cut to a box of it; undefined when only padding would be left. */
export function croppedTo(geometry: Geometry, box: Box): Geometry | undefined {
  const cropBox = boxInFrame(box, geometry);
  const content = intersection(box, geometry.contentBox);
  if (cropBox === undefined || content === undefined) return undefined;
  return { ...geometry, cropBox, contentBox: { ...content, x: content.x - box.x, y: content.y - box.y } };
}

/** After the output, `from`, was resized to a box of a new one. */
export function resizedTo(geometry: Geometry, from: { width: number; height: number }, to: Box): Geometry {
  const whole: Box = { x: 0, y: 0, width: from.width, height: from.height };
  return { ...geometry, contentBox: moved(geometry.contentBox, whole, to, false) };
}

/** After left and right of an output of this width were exchanged. */
export function mirrored(geometry: Geometry, width: number): Geometry {
  const { contentBox } = geometry;
  return {
    ...geometry,
    isMirrored: !geometry.isMirrored,
    contentBox: { ...contentBox, x: width - contentBox.x - contentBox.width },
  };
}

/** Where a box within `from` lies when `from` is drawn onto `to`. */
function moved(box: Box, from: Box, to: Box, isMirrored: boolean): Box {
  const x = isMirrored ? from.x + from.width - (box.x + box.width) : box.x - from.x;
  // Multiplied before divided: whole numbers that stay whole come out whole.
  return {
    x: to.x + (x * to.width) / from.width,
    y: to.y + ((box.y - from.y) * to.height) / from.height,
    width: (box.width * to.width) / from.width,
    height: (box.height * to.height) / from.height,
  };
}

function intersection(a: Box, b: Box): Box | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
