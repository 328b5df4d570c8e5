import { type GreyImage, greyImage, highestLevel, packedPixels } from "../grey-image.ts";
import type { FrameInMemory, GreyLevels, Kernels } from "./kernels.ts";
import { type Arena, countsAt, createArena, rowAt, tableAt, widestRow } from "./wasm-memory.ts";
import { type KernelExports, instantiate } from "./wasm-module.ts";
import { wasmPngStream } from "./wasm-png-stream.ts";

const spanBytes = 32;
const acrossBytes = 12;
const columnBytes = 12;

/** The module, its memory, and what lies in it. */
export interface KernelHost {
  kernels: KernelExports;
  memory: ArrayBuffer;
  arena: Arena;
  /** The address of an image's first pixel; copied into the memory where it lies elsewhere. */
  addressOf(image: GreyImage): { address: number; strideBytes: number };
}

/**
 * The kernels in WebAssembly with SIMD.
 *
 * @returns undefined where the host cannot run the module
 */
export function createWasmKernels(module: Uint8Array): Kernels | undefined {
  const running = instantiate(module);
  if (running === undefined) return undefined;
  const { kernels, memory } = running;
  const arena = createArena();

  const addressOf = (image: GreyImage): { address: number; strideBytes: number } => {
    const { pixels, offset, stride, width, height } = image;
    const bytes = pixels.BYTES_PER_ELEMENT;
    if (pixels.buffer === memory) return { address: pixels.byteOffset + offset * bytes, strideBytes: stride * bytes };
    const address = arena.take(width * height * bytes);
    viewAs(pixels, memory, address, width * height).set(packedPixels(image));
    return { address, strideBytes: width * bytes };
  };
  const host: KernelHost = { kernels, memory, arena, addressOf };
  const newImage = (like: GreyImage, width: number, height: number): GreyImage & { address: number } => {
    const address = arena.take(width * height * like.pixels.BYTES_PER_ELEMENT);
    return { ...greyImage(viewAs(like.pixels, memory, address, width * height), width, height), address };
  };

  return {
    name: "wasm",

    fileMemory(sizeBytes) {
      arena.clear();
      const address = arena.tryTake(sizeBytes);
      return address === undefined ? new Uint8Array(sizeBytes) : new Uint8Array(memory, address, sizeBytes);
    },

    frame(values, columns) {
      if (values.buffer === memory) return frameAt(host, values.byteOffset, columns, values.length / columns);
      arena.clear();
      const address = arena.take(values.length * 2);
      new Uint16Array(memory, address, values.length).set(values);
      return frameAt(host, address, columns, values.length / columns);
    },

    average(image, columns, rows, halvesUp) {
      const { address, strideBytes } = addressOf(image);
      const bytes = image.pixels.BYTES_PER_ELEMENT;
      const spans = arena.take(columns.length * spanBytes);
      const view = new DataView(memory, spans, columns.length * spanBytes);
      for (const [index, { first, end, firstWeight, lastWeight, area }] of columns.entries()) {
        view.setInt32(index * spanBytes, first, true);
        view.setInt32(index * spanBytes + 4, end, true);
        view.setFloat64(index * spanBytes + 8, firstWeight, true);
        view.setFloat64(index * spanBytes + 16, lastWeight, true);
        view.setFloat64(index * spanBytes + 24, area, true);
      }
      const averaged = newImage(image, columns.length, rows.length);
      const sumRows = bytes === 1 ? kernels.sumRows8 : kernels.sumRows16;
      const most = highestLevel(image);
      for (const [y, { first, end, firstWeight, lastWeight, area }] of rows.entries()) {
        sumRows(address + first * strideBytes, strideBytes, image.width, end - first, firstWeight, lastWeight, rowAt);
        const to = averaged.address + y * columns.length * bytes;
        kernels.averageColumns(rowAt, spans, columns.length, area, halvesUp ? 1 : 0, most, bytes, to);
      }
      return averaged;
    },

    enlarge(image, columns, rows) {
      const { address, strideBytes } = addressOf(image);
      const isEightBit = image.pixels instanceof Uint8Array;
      const weightOf = (share: number): number => (isEightBit ? Math.round(share * 2048) : share);
      const columnsAt = arena.take(columns.length * columnBytes);
      const view = new DataView(memory, columnsAt, columns.length * columnBytes);
      for (const [index, { before, behind, share }] of columns.entries()) {
        view.setUint32(index * columnBytes, before, true);
        view.setUint32(index * columnBytes + 4, behind, true);
        if (isEightBit) view.setInt32(index * columnBytes + 8, weightOf(share), true);
        else view.setFloat32(index * columnBytes + 8, share, true);
      }
      const enlarged = newImage(image, columns.length, rows.length);
      const enlargeRow = isEightBit ? kernels.enlargeRow8 : kernels.enlargeRow16;
      const mixRows = isEightBit ? kernels.mixRows8 : kernels.mixRows16;
      // The last two source rows at their target width: neighbours among the target rows share them.
      const widened = [0, 1].map(() => ({ y: -1, at: arena.take(columns.length * 4) }));
      const widenedRow = (y: number): number => {
        const row = widened[y % 2] ?? { y: -1, at: 0 };
        if (row.y !== y) enlargeRow(address + y * strideBytes, columnsAt, columns.length, row.at);
        row.y = y;
        return row.at;
      };
      for (const [y, { before, behind, share }] of rows.entries()) {
        const to = enlarged.address + y * columns.length * image.pixels.BYTES_PER_ELEMENT;
        mixRows(widenedRow(before), widenedRow(behind), weightOf(share), columns.length, to);
      }
      return enlarged;
    },

    countTiles(image, { tilesX, tilesY, tileWidth, tileHeight, columns, rows }) {
      const { address, strideBytes } = addressOf(image);
      const columnsAt = arena.take(columns.byteLength);
      new Uint32Array(memory, columnsAt, columns.length).set(columns);
      const rowsAt = arena.take(rows.byteLength);
      new Uint32Array(memory, rowsAt, rows.length).set(rows.map((row) => address + row * strideBytes));
      const counts = tilesX * tilesY * 256;
      const countsOfTiles = arena.take(counts * 4);
      const view = new Uint32Array(memory, countsOfTiles, counts).fill(0);
      for (let tileRow = 0; tileRow < tilesY; tileRow++)
        kernels.countTiles(
          rowsAt + tileRow * tileHeight * 4,
          tileHeight,
          columnsAt,
          tileWidth,
          tilesX,
          countsOfTiles + tileRow * tilesX * 1024,
        );
      return view.slice();
    },

    blendTiles(image, maps, { x, y, tilesX }) {
      const { address, strideBytes } = addressOf(image);
      const mapsAt = arena.take(maps.length);
      new Uint8Array(memory, mapsAt, maps.length).set(maps);
      const across = arena.take(image.width * acrossBytes);
      const view = new DataView(memory, across, image.width * acrossBytes);
      for (let column = 0; column < image.width; column++) {
        view.setUint32(column * acrossBytes, (x.before[column] ?? 0) * 256, true);
        view.setUint32(column * acrossBytes + 4, (x.behind[column] ?? 0) * 256, true);
        view.setFloat32(column * acrossBytes + 8, x.weight[column] ?? 0, true);
      }
      const blended = newImage(image, image.width, image.height);
      const mapRow = (tileRow: number | undefined): number => mapsAt + (tileRow ?? 0) * tilesX * 256;
      for (let row = 0; row < image.height; row++)
        kernels.blendRow(
          address + row * strideBytes,
          image.width,
          across,
          mapRow(y.before[row]),
          mapRow(y.behind[row]),
          y.weight[row] ?? 0,
          blended.address + row * image.width,
        );
      return blended;
    },

    png: (image) => wasmPngStream(image, host),
  };
}

function viewAs(like: GreyImage["pixels"], memory: ArrayBuffer, address: number, length: number): GreyImage["pixels"] {
  return like instanceof Uint16Array
    ? new Uint16Array(memory, address, length)
    : new Uint8Array(memory, address, length);
}

function frameAt(
  { kernels, memory, arena }: KernelHost,
  address: number,
  columns: number,
  rows: number,
): FrameInMemory {
  const values = new Uint16Array(memory, address, columns * rows);
  const runsAt = columns <= widestRow ? rowAt : arena.take((columns + 2) * 4);
  return {
    columns,
    rows,

    counts() {
      kernels.clearCounts();
      kernels.countValues(address, values.length);
      kernels.sumCounts();
      return new Uint32Array(memory, countsAt, 0x10000);
    },

    within: ({ low, span }) => ({
      width: columns,
      height: rows,
      has: (x, y) => (((values[y * columns + x] ?? 0) - low) & 0xffff) <= span,
      runs: (y) =>
        new Uint32Array(memory, runsAt, kernels.runsWithin(address + y * columns * 2, columns, low, span, runsAt)),
    }),

    cut({ x, y, width, height }, levels) {
      const from = address + (y * columns + x) * 2;
      const { table, low, line } = levels;
      // In the frame's own place: each block is read before anything is written at or behind it.
      if (table instanceof Uint16Array) {
        new Uint16Array(memory, tableAt, table.length).set(table);
        kernels.cutTable16(from, columns * 2, width, height, address, tableAt);
        return greyImage(new Uint16Array(memory, address, width * height), width, height);
      }
      if (line !== undefined && isExact(line, table, levels))
        kernels.cutLine(from, columns * 2, width, height, address, low, line.factor, line.offset);
      else {
        new Uint8Array(memory, tableAt, table.length).set(table);
        kernels.cutTable8(from, columns * 2, width, height, address, tableAt);
      }
      return greyImage(new Uint8Array(memory, address, width * height), width, height);
    },
  };
}

/** Whether the line, in the kernel's single precision, gives the table's level for every value that occurs. */
function isExact(line: { factor: number; offset: number }, table: Uint8Array, { low, high }: GreyLevels): boolean {
  const { fround } = Math;
  const factor = fround(line.factor);
  const offset = fround(line.offset);
  for (let stored = low; stored <= high; stored++) {
    const level = Math.trunc(fround(fround((stored - low) * factor) + offset));
    if ((level < 0 ? 0 : level > 255 ? 255 : level) !== table[stored & 0xffff]) return false;
  }
  return true;
}
