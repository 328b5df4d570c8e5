import type { StateDict } from "@mammoflow/models";

/** What is shown of one stage of a network: enough to compare two of them, or one with PyTorch's. */
export interface StageSummary {
  name: string;
  /** [height, width, channel], or [feature]. */
  shape: number[];
  mean: number;
  /** Square root of the sum of squares. */
  norm: number;
  /** The first values, channel by channel at the upper left corner. */
  first: number[];
}

/** @param activations of one image, each [1, ...] */
export function summariseActivations(activations: StateDict): StageSummary[] {
  return [...activations].map(([name, { shape, data }]) => {
    let sum = 0;
    let squares = 0;
    for (const value of data) {
      sum += value;
      squares += value * value;
    }
    return {
      name,
      shape: shape.slice(1),
      mean: sum / data.length,
      norm: Math.sqrt(squares),
      first: [...data.subarray(0, 5)],
    };
  });
}
