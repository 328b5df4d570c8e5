import { imageShapes } from "../architectures/image-shapes.ts";
import type { Convolution } from "../architectures/layers.ts";
import type { InputNormalisation } from "../backbones.ts";
import { ModelsError } from "../models-error.ts";
import type { StateDict } from "../state-dict.ts";
import { foldBatchNorm } from "./fold-batch-norm.ts";
import { attribute } from "./graph-builder.ts";
import * as operations from "./operations.ts";
import type { Tape } from "./tape.ts";
import type { GivenLayer } from "./write-layers.ts";

export interface GreyInputOptions {
  /** The network's first layer: a convolution of three channels, which does not move. */
  layer: Convolution;
  normalisation: InputNormalisation;
  stateDict: StateDict;
  /** Side of the square images. */
  sizePx: number;
}

/**
 * The first layer of a network on grey images: bytes [image, height, width] to its output. All that lies before it (bytes to
 * numbers, grey to three channels, normalisation) is linear, so it goes into the filter, which then has one channel for the grey
 * value and one that is 1 inside the image: the latter carries the normalisation's shift, which must not count where the image is
 * padded. Where the convolution steps over pixels (stride s), blocks of s x s pixels become channels of an image a step wide, since
 * the convolutions of oneDNN are slow on one or three channels. In exact arithmetic the result is the same.
 *
 * @throws ModelsError WEIGHTS_MISMATCH
 */
export function writeGreyInput(tape: Tape, images: string, options: GreyInputOptions): GivenLayer {
  const { layer, sizePx } = options;
  const { graph, precision } = tape;
  const name = `network/${layer.name}`;
  const blocks = blocksOf(layer, sizePx);
  // bfloat16 rounds what is near zero less: about the middle of the grey values, as normalisation has it.
  const [dtype, middle] = precision === "bfloat16" ? (["int8", 128] as const) : (["uint8", 0] as const);
  const { shape, filter, bias } = greyFilter(options, blocks, middle);

  const bytes = dtype === "int8" ? writeSigned(tape, images) : images;
  const values = writeBlocks(tape, bytes, blocks, dtype);
  const weights = graph.floats(`${name}/grey-weight`, shape, filter, precision);
  const { before, after } = blocks;
  const padding = {
    padding: attribute.text("EXPLICIT"),
    explicit_paddings: attribute.integers([0, 0, before, after, before, after, 0, 0]),
  };
  const attributes = { isDepthwise: false, stride: blocks.stride, padding };
  const convolved = operations.convolve(tape, [values, weights], attributes, `${name}/convolution`);
  const shifts = graph.floats(`${name}/bias`, [bias.length], bias, precision);
  const biased = operations.addBias(tape, [convolved, shifts], `${name}/biased`);
  const node = layer.activation === "none" ? biased : operations.activate(tape, biased, layer.activation, name);
  return { name: layer.name, node, shape: [blocks.outputPx, blocks.outputPx, layer.outputChannels] };
}

/** An image as a grid of square blocks of pixels, and a convolution of pixels as one of blocks. */
interface Blocks {
  /** Side of a block in pixels, of the grid and of the filter in blocks. */
  blockPx: number;
  side: number;
  taps: number;
  stride: number;
  /** Blocks of zeros before the first row and column, and behind the last. */
  before: number;
  after: number;
  /** Pixels of zeros that the convolution has before the first row and column. */
  paddingPx: number;
  outputPx: number;
}

function blocksOf(layer: Convolution, sizePx: number): Blocks {
  const { kernelSize } = layer;
  const outputPx = imageShapes({ layers: [layer] }, sizePx).get(layer.name)?.sidePx ?? 0;
  const blockPx = sizePx % layer.stride === 0 ? layer.stride : 1;
  const side = sizePx / blockPx;
  const paddingPx = paddingBefore(layer, sizePx, outputPx);
  const before = Math.ceil(paddingPx / blockPx);
  const taps = Math.floor((kernelSize - 1 - paddingPx) / blockPx) + before + 1;
  const stride = layer.stride / blockPx;
  const after = Math.max(0, (outputPx - 1) * stride + taps - before - side);
  return { blockPx, side, taps, stride, before, after, paddingPx, outputPx };
}

/**
 * The layer's filter over blocks: for each pixel of a block its grey value less `middle`, and for the 1 behind them the shift.
 *
 * @returns `filter` of `shape` [taps, taps, pixels of a block and 1, output]
 */
function greyFilter(
  { layer, normalisation, stateDict }: GreyInputOptions,
  { blockPx, taps, before, paddingPx }: Blocks,
  middle: number,
): { shape: number[]; filter: Float32Array; bias: Float32Array } {
  const { shape, filter, bias } = foldBatchNorm(layer, stateDict);
  const [height = 0, width = 0, channels = 0, outputs = 0] = shape;
  if (channels !== 3)
    throw new ModelsError({
      code: "WEIGHTS_MISMATCH",
      message: `${layer.name} takes ${channels} channels, not three.`,
    });
  const planes = blockPx * blockPx + 1;
  const merged = new Float64Array(taps * taps * planes * outputs);
  const add = (place: number, value: number): void => void (merged[place] = (merged[place] ?? 0) + value);
  /** Where a row or column of the filter lies: in which block, and in which pixel of it. */
  const placeOf = (tap: number): [block: number, pixel: number] => {
    const fromFirst = tap - paddingPx + before * blockPx;
    return [Math.floor(fromFirst / blockPx), fromFirst % blockPx];
  };
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [[row, down], [column, right]] = [placeOf(y), placeOf(x)];
      const cell = (row * taps + column) * planes;
      for (let channel = 0; channel < 3; channel++) {
        const deviation = normalisation.deviation[channel] ?? 1;
        const scale = 1 / (255 * deviation);
        const shift = (middle / 255 - (normalisation.mean[channel] ?? 0)) / deviation;
        for (let output = 0; output < outputs; output++) {
          const weight = filter[((y * width + x) * channels + channel) * outputs + output] ?? 0;
          add((cell + down * blockPx + right) * outputs + output, weight * scale);
          add((cell + planes - 1) * outputs + output, weight * shift);
        }
      }
    }
  return { shape: [taps, taps, planes, outputs], filter: Float32Array.from(merged), bias };
}

/** Zeros before the first row and column. */
function paddingBefore({ padding, kernelSize, stride }: Convolution, sizePx: number, outputPx: number): number {
  if (padding !== "same") return padding;
  return Math.floor(Math.max(0, (outputPx - 1) * stride + kernelSize - sizePx) / 2);
}

/** Grey values minus 128. */
function writeSigned({ graph }: Tape, images: string): string {
  const [unsigned, signed] = [attribute.type("uint8"), attribute.type("int8")];
  const middle = graph.byte("images/middle", 128);
  const wrapped = graph.node("Sub", [images, middle], { T: unsigned }, "images/wrapped");
  return graph.node("Bitcast", [wrapped], { T: unsigned, type: signed }, "images/signed");
}

/** Bytes [image, height, width] to numbers [image, side, side, pixels of a block and a 1]. */
function writeBlocks(
  { graph, precision, floats }: Tape,
  images: string,
  { side, blockPx }: Blocks,
  dtype: "uint8" | "int8",
): string {
  const bytes = { T: attribute.type(dtype) };
  const reshape = (input: string, shape: number[], name: string): string => {
    const sizes = graph.integers(`${name}/shape`, [shape.length], shape);
    return graph.node("Reshape", [input, sizes], { ...bytes, Tshape: attribute.type("int32") }, name);
  };
  const split = reshape(images, [-1, side, blockPx, side, blockPx], "images/split");
  const order = graph.integers("images/order", [5], [0, 1, 3, 2, 4]);
  const grouped = graph.node(
    "Transpose",
    [split, order],
    { ...bytes, Tperm: attribute.type("int32") },
    "images/grouped",
  );
  const pixels = reshape(grouped, [-1, side, side, blockPx * blockPx], "images/pixels");
  const cast = { SrcT: attribute.type(dtype), DstT: attribute.type(precision) };
  const values = graph.node("Cast", [pixels], cast, "images/floats");
  const sides = graph.integers("images/sides", [4, 2], [0, 0, 0, 0, 0, 0, 0, 1]);
  const one = graph.floats("images/one", [], Float32Array.of(1), precision);
  return graph.node("PadV2", [values, sides, one], { ...floats, Tpaddings: attribute.type("int32") }, "images/blocks");
}
