import { greyImage, histogramOf, rowOf } from "../grey-image.ts";
import type { FrameKernels } from "./frame-kernels.ts";

/** The kernels in TypeScript: for hosts without WebAssembly SIMD, for samples of 8 and 32 bits, and to check the others. */
export const plainKernels: FrameKernels = {
  name: "plain",

  extent(samples) {
    let low = samples[0] ?? 0;
    let high = low;
    for (let index = 1; index < samples.length; index++) {
      const value = samples[index] ?? 0;
      if (value < low) low = value;
      else if (value > high) high = value;
    }
    return { low, high };
  },

  scale(samples, { table, levelOf }, columns) {
    const pixels = new Uint8Array(samples.length);
    if (table === undefined)
      for (let index = 0; index < pixels.length; index++) pixels[index] = levelOf(samples[index] ?? 0);
    else for (let index = 0; index < pixels.length; index++) pixels[index] = table[(samples[index] ?? 0) & 0xffff] ?? 0;
    const image = greyImage(pixels, columns, samples.length / columns);
    return { image, histogram: histogramOf(image) };
  },

  runsAbove(image, y, threshold) {
    const row = rowOf(image, y);
    const columns: number[] = [];
    let isInside = false;
    for (let x = 0; x < row.length; x++) {
      const isAbove = (row[x] ?? 0) > threshold;
      if (isAbove !== isInside) columns.push(x);
      isInside = isAbove;
    }
    if (isInside) columns.push(row.length);
    return Uint32Array.from(columns);
  },

  sumRows(image, { first, end, firstWeight, lastWeight }) {
    const { fround } = Math;
    const sums = new Float32Array(image.width);
    for (let y = first + 1; y < end - 1; y++)
      for (const [x, level] of rowOf(image, y).entries()) sums[x] = (sums[x] ?? 0) + level;
    const weights = { first: fround(firstWeight), last: end - first > 1 ? fround(lastWeight) : 0 };
    const last = rowOf(image, end - 1);
    for (const [x, level] of rowOf(image, first).entries())
      sums[x] = fround((sums[x] ?? 0) + fround(level * weights.first)) + fround((last[x] ?? 0) * weights.last);
    return sums;
  },
};
