/** How a tensor lies in PyTorch; in a graph only the filters of convolutions lie otherwise. */
export interface TensorLayout {
  /** PyTorch's; of a filter [output, input per group, height, width]. */
  shape: readonly number[];
  isDepthwise: boolean;
}

/** Where each axis of a graph's filter comes from: [height, width, input, output], or [height, width, channel, 1]. */
const axesOf = ({ isDepthwise }: TensorLayout): number[] => (isDepthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);

/** The shape of a tensor in a graph. */
export function graphShape(layout: TensorLayout): number[] {
  const { shape } = layout;
  return shape.length === 4 ? axesOf(layout).map((axis) => shape[axis] ?? 1) : [...shape];
}

/** A tensor from PyTorch's layout to the graph's. */
export const toGraph = (values: Float32Array, layout: TensorLayout): Float32Array => relay(values, layout, false);
/** And back. */
export const fromGraph = (values: Float32Array, layout: TensorLayout): Float32Array => relay(values, layout, true);

function relay(values: Float32Array, layout: TensorLayout, isBack: boolean): Float32Array {
  const { shape } = layout;
  if (shape.length !== 4) return values;
  const [height = 1, width = 1, third = 1, fourth = 1] = graphShape(layout);
  const [down = 0, right = 0, inwards = 0, outwards = 0] = axesOf(layout).map((axis) =>
    shape.slice(axis + 1).reduce((product, size) => product * size, 1),
  );
  const moved = new Float32Array(values.length);
  let place = 0; // in the graph's layout
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let a = 0; a < third; a++)
        for (let b = 0; b < fourth; b++, place++) {
          const torchPlace = y * down + x * right + a * inwards + b * outwards;
          if (isBack) moved[torchPlace] = values[place] ?? 0;
          else moved[place] = values[torchPlace] ?? 0;
        }
  return moved;
}
