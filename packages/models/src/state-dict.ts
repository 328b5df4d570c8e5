/** A tensor of floats, row-major: the last dimension varies fastest. */
export interface Tensor {
  shape: number[];
  data: Float32Array;
}

/** A network's parameters under PyTorch's names (`layer1.0.conv1.weight`), in PyTorch's layouts. */
export type StateDict = Map<string, Tensor>;

/** Elements of a tensor of this shape: 1 for a scalar's empty shape. */
export const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
