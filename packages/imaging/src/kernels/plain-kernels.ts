import { blackPixels, eightBitImage, greyImage, rowOf, whiteLevel, wholeOf } from "../grey-image.ts";
import { runsOf } from "../steps/bright-regions.ts";
import { contourArea } from "../steps/contour-area.ts";
import { roundHalfEven } from "../steps/round-half-even.ts";
import type { FrameInMemory, Kernels } from "./kernels.ts";
import { plainPngStream } from "./plain-png-stream.ts";

const { fround } = Math;

/** The kernels in TypeScript: for hosts without WebAssembly SIMD, and to say what the others do. */
export const plainKernels: Kernels = {
  name: "plain",

  fileMemory: (sizeBytes) => new Uint8Array(sizeBytes),
  scratch: (work) => work(),

  frame(values, columns) {
    const at = (x: number, y: number): number => values[y * columns + x] ?? 0;
    const frameSize = { width: columns, height: values.length / columns };
    const frame: FrameInMemory = {
      columns,
      rows: frameSize.height,

      counts() {
        const counts = new Uint32Array(0x10000);
        for (const value of values) counts[value & 0xffff] = (counts[value & 0xffff] ?? 0) + 1;
        return counts;
      },

      within({ low, span }) {
        const isInside = (x: number, y: number): boolean => ((at(x, y) - low) & 0xffff) <= span;
        const changes = new Uint32Array(columns + 1);
        return {
          ...frameSize,
          runs: (y) => runsOf(changes, columns, (x) => isInside(x, y)),
          columns: changes,
          contourArea: (x, y) => contourArea(frameSize, isInside, x, y),
        };
      },

      cut(box, { table }) {
        const pixels =
          table instanceof Uint16Array
            ? new Uint16Array(box.width * box.height)
            : new Uint8Array(box.width * box.height);
        for (let y = 0, index = 0; y < box.height; y++)
          for (let x = 0; x < box.width; x++, index++) pixels[index] = table[at(box.x + x, box.y + y) & 0xffff] ?? 0;
        return greyImage(pixels, box.width, box.height);
      },

      overview: (levels, areas) => eightBitImage(plainKernels.average(frame.cut(wholeOf(frameSize), levels), areas)),
    };
    return frame;
  },

  average(image, { columns, rows, halvesUp }) {
    const pixels = blackPixels(image.pixels, columns.length * rows.length);
    const white = whiteLevel(image.pixels);
    let index = 0;
    for (const { first, end, firstWeight, lastWeight, area } of rows) {
      const sums = new Float32Array(image.width);
      for (let y = first + 1; y < end - 1; y++)
        for (const [x, level] of rowOf(image, y).entries()) sums[x] = (sums[x] ?? 0) + level;
      const weights = { first: fround(firstWeight), last: end - first > 1 ? fround(lastWeight) : 0 };
      const last = rowOf(image, end - 1);
      for (const [x, level] of rowOf(image, first).entries())
        sums[x] = fround((sums[x] ?? 0) + fround(level * weights.first)) + fround((last[x] ?? 0) * weights.last);
      for (const column of columns) {
        let sum = column.firstWeight * (sums[column.first] ?? 0);
        for (let x = column.first + 1; x < column.end - 1; x++) sum += sums[x] ?? 0;
        if (column.end - column.first > 1) sum += column.lastWeight * (sums[column.end - 1] ?? 0);
        const mean = sum / (column.area * area);
        pixels[index++] = Math.min(white, halvesUp ? Math.floor(mean + 0.5) : roundHalfEven(mean));
      }
    }
    return greyImage(pixels, columns.length, rows.length);
  },

  enlarge(image, columns, rows) {
    const pixels = blackPixels(image.pixels, columns.length * rows.length);
    const mix = image.pixels instanceof Uint8Array ? mixEightBit : mixSixteenBit;
    let index = 0;
    for (const row of rows) {
      const upper = rowOf(image, row.before);
      const lower = rowOf(image, row.behind);
      for (const { before, behind, share } of columns)
        pixels[index++] = mix(
          [upper[before] ?? 0, upper[behind] ?? 0],
          [lower[before] ?? 0, lower[behind] ?? 0],
          [share, row.share],
        );
    }
    return greyImage(pixels, columns.length, rows.length);
  },

  countTiles(image, { tilesX, tilesY, tileWidth, tileHeight, columns, rows }) {
    const levels = whiteLevel(image.pixels) + 1;
    const counts = new Uint32Array(tilesX * tilesY * levels);
    for (let y = 0; y < rows.length; y++) {
      const row = rowOf(image, rows[y] ?? 0);
      const tileRow = Math.floor(y / tileHeight) * tilesX;
      for (let x = 0; x < columns.length; x++) {
        const counter = (tileRow + Math.floor(x / tileWidth)) * levels + (row[columns[x] ?? 0] ?? 0);
        counts[counter] = (counts[counter] ?? 0) + 1;
      }
    }
    return counts;
  },

  blendTiles(image, maps, tiles) {
    const { width, height } = image;
    const levels = whiteLevel(image.pixels) + 1;
    const blended = blackPixels(image.pixels, width * height);
    for (let y = 0, index = 0; y < height; y++) {
      const below = tiles.y.weight[y] ?? 0;
      const above = fround(1 - below);
      const upper = (tiles.y.before[y] ?? 0) * tiles.tilesX;
      const lower = (tiles.y.behind[y] ?? 0) * tiles.tilesX;
      for (const [x, level] of rowOf(image, y).entries()) {
        const right = tiles.x.weight[x] ?? 0;
        const left = fround(1 - right);
        const mapped = (tileRow: number, column: Uint32Array): number =>
          maps[(tileRow + (column[x] ?? 0)) * levels + level] ?? 0;
        const across = (tileRow: number): number =>
          fround(fround(mapped(tileRow, tiles.x.before) * left) + fround(mapped(tileRow, tiles.x.behind) * right));
        blended[index++] = roundHalfEven(fround(fround(across(upper) * above) + fround(across(lower) * below)));
      }
    }
    return greyImage(blended, width, height);
  },

  png: plainPngStream,
};

type Pair = [number, number];

/** Weights are integers of 11 bits. */
const one = 2048;

function mixEightBit(upper: Pair, lower: Pair, [shareX, shareY]: Pair): number {
  const weightX = Math.round(shareX * one);
  const weightY = Math.round(shareY * one);
  const across = ([before, behind]: Pair): number => before * (one - weightX) + behind * weightX;
  const sum = (((one - weightY) * (across(upper) >> 4)) >> 16) + ((weightY * (across(lower) >> 4)) >> 16);
  return (sum + 2) >> 2;
}

function mixSixteenBit(upper: Pair, lower: Pair, [shareX, shareY]: Pair): number {
  const mix = ([before, behind]: Pair, share: number): number =>
    fround(fround(before * fround(1 - share)) + fround(behind * share));
  return roundHalfEven(mix([mix(upper, shareX), mix(lower, shareX)], shareY));
}
