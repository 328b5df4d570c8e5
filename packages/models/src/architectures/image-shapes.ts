import type { Architecture, Layer } from "./layers.ts";

/** Shape of one layer's output image. */
export interface ImageShape {
  /** Height and width: every image is square. */
  sidePx: number;
  channels: number;
}

/**
 * The shape of each layer's output image, by layer name, for square images of this side; layers whose output is a row of numbers
 * are left out. `input` is the normalised image.
 *
 * @param given the layer whose output the others begin from, and its channels
 */
export function imageShapes(
  { layers }: Pick<Architecture, "layers">,
  sizePx: number,
  given = { layer: "input", channels: 3 },
): Map<string, ImageShape> {
  const shapes = new Map<string, ImageShape>([[given.layer, { sidePx: sizePx, channels: given.channels }]]);
  for (const layer of layers) {
    const input = shapes.get(layer.input);
    const shape = input === undefined ? undefined : shapeAfter(layer, input);
    if (shape !== undefined) shapes.set(layer.name, shape);
  }
  return shapes;
}

function shapeAfter(layer: Layer, input: ImageShape): ImageShape | undefined {
  switch (layer.kind) {
    case "convolution":
      return { sidePx: sideAfter(layer, input.sidePx), channels: layer.outputChannels };
    case "max-pool":
      return { sidePx: sideAfter(layer, input.sidePx), channels: input.channels };
    case "add":
      return input;
    case "adaptive-average-pool":
      return { sidePx: layer.size, channels: input.channels };
    case "global-average-pool":
    case "flatten":
    case "dense":
      return undefined;
  }
}

function sideAfter(layer: Extract<Layer, { kernelSize: number }>, side: number): number {
  const { kernelSize, stride, padding } = layer;
  return padding === "same" ? Math.ceil(side / stride) : Math.floor((side + 2 * padding - kernelSize) / stride) + 1;
}
