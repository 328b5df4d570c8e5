import { type Box, type GreyImage, eightBitImage, greyImage, packedPixels, whiteLevel } from "../grey-image.ts";
import type { Blend } from "../steps/enlarge-linear.ts";
import type { Areas } from "../steps/resize.ts";
import { roundHalfEven } from "../steps/round-half-even.ts";
import type { FrameInMemory, GreyLevels, Kernels, TilePositions } from "./kernels.ts";
import { type Arena, countsAt, createArena, rowAt, tableAt, widestRow } from "./wasm-memory.ts";
import { type KernelExports, instantiate } from "./wasm-module.ts";
import { wasmPngStream } from "./wasm-png-stream.ts";

const spanBytes = 32;
/** A place between tiles: a word for each of 256 levels. */
const joinedBytes = 1024;
/** Kernels look at four numbers at once, the last of which may hang over. */
const blockItems = 4;

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

  /** Numbers for the kernels, one for each of `items`, zeros behind them; returns their address. */
  const place = <Item>(
    Kind: Uint32ArrayConstructor | Int32ArrayConstructor | Float32ArrayConstructor,
    items: ArrayLike<Item> & Iterable<Item>,
    numberOf: (item: Item) => number,
  ): number => {
    const address = arena.take((items.length + blockItems) * 4);
    const view = new Kind(memory, address, items.length + blockItems).fill(0);
    let index = 0;
    for (const item of items) view[index++] = numberOf(item);
    return address;
  };

  return {
    name: "wasm",

    fileMemory(sizeBytes) {
      arena.clear();
      const address = arena.tryTake(sizeBytes);
      return address === undefined ? new Uint8Array(sizeBytes) : new Uint8Array(memory, address, sizeBytes);
    },

    scratch: (work) => arena.scratch(work),

    frame(values, columns) {
      if (values.buffer === memory && values.BYTES_PER_ELEMENT === 2) {
        arena.clear(values.byteOffset + values.byteLength);
        return frameAt(host, values.byteOffset, columns, values.length / columns);
      }
      arena.clear();
      const address = arena.take(values.length * 2);
      new Uint16Array(memory, address, values.length).set(values);
      return frameAt(host, address, columns, values.length / columns);
    },

    average(image, areas) {
      const { address, strideBytes } = addressOf(image);
      const rowsFrom = (first: number): { address: number; strideBytes: number } => ({
        address: address + first * strideBytes,
        strideBytes,
      });
      return averageRows(host, image, areas, rowsFrom);
    },

    enlarge(image, columns, rows) {
      const { address, strideBytes } = addressOf(image);
      const enlarged = newImage(image, columns.length, rows.length);
      const isEightBit = image.pixels instanceof Uint8Array;
      const befores = place(Uint32Array, columns, ({ before }) => before);
      const behinds = place(Uint32Array, columns, ({ behind }) => behind);
      // At the border, where both columns are one, all of the weight is the first's: what lies behind it is not looked at.
      const ownWeight = ({ before, behind, share }: Blend): number => (before === behind ? 0 : weightOf(share));
      const weights = isEightBit
        ? place(Int32Array, columns, ownWeight)
        : place(Float32Array, columns, ({ share }) => share);
      // The last two source rows at their target width: neighbours among the target rows share them.
      const widened = [0, 1].map(() => ({ y: -1, at: arena.take(columns.length * 4) }));
      const widenedRow = (y: number): number => {
        const row = widened[y % 2] ?? { y: -1, at: 0 };
        const from = address + y * strideBytes;
        if (row.y !== y && isEightBit) kernels.enlargeRow8(from, befores, weights, columns.length, row.at);
        else if (row.y !== y) kernels.enlargeRow16(from, befores, behinds, weights, columns.length, row.at);
        row.y = y;
        return row.at;
      };
      const mixRows = isEightBit ? kernels.mixRows8 : kernels.mixRows16;
      for (const [y, { before, behind, share }] of rows.entries()) {
        const to = enlarged.address + y * columns.length * image.pixels.BYTES_PER_ELEMENT;
        mixRows(widenedRow(before), widenedRow(behind), isEightBit ? weightOf(share) : share, columns.length, to);
      }
      return enlarged;
    },

    countTiles(image, { tilesX, tilesY, tileWidth, tileHeight, columns, rows }) {
      const levels = whiteLevel(image.pixels) + 1;
      const countTiles = image.pixels instanceof Uint8Array ? kernels.countTiles8 : kernels.countTiles16;
      const { address, strideBytes } = addressOf(image);
      const columnsAt = arena.take(columns.byteLength);
      new Uint32Array(memory, columnsAt, columns.length).set(columns);
      const rowsAt = arena.take(rows.byteLength);
      new Uint32Array(memory, rowsAt, rows.length).set(rows.map((row) => address + row * strideBytes));
      const counts = tilesX * tilesY * levels;
      const countsOfTiles = arena.take(counts * 4);
      const view = new Uint32Array(memory, countsOfTiles, counts).fill(0);
      for (let tileRow = 0; tileRow < tilesY; tileRow++)
        countTiles(
          rowsAt + tileRow * tileHeight * 4,
          tileHeight,
          columnsAt,
          tileWidth,
          tilesX,
          countsOfTiles + tileRow * tilesX * levels * 4,
        );
      return view;
    },

    blendTiles(image, maps, { x, y, tilesX }) {
      const { address, strideBytes } = addressOf(image);
      const bytes = image.pixels.BYTES_PER_ELEMENT;
      const mapBytes = (whiteLevel(image.pixels) + 1) * bytes;
      const mapsAt = arena.take(maps.byteLength);
      viewAs(maps, memory, mapsAt, maps.length).set(maps);
      // 16-bit levels are blended one by one, so they can stay where they are: twice the memory is much for the largest frames.
      const blended =
        bytes === 2 && image.pixels.buffer === memory
          ? { ...image, address, strideBytes }
          : { ...newImage(image, image.width, image.height), strideBytes: image.width * bytes };
      const rights = place(Float32Array, [...x.weight], (weight) => weight);
      const befores = place(Uint32Array, [...x.before], (tile) => tile * mapBytes);
      const behinds = place(Uint32Array, [...x.behind], (tile) => tile * mapBytes);
      const ends = place(Uint32Array, placeEnds(x, tilesX), (end) => end);
      const joined = arena.take((tilesX + 1) * joinedBytes);
      let joinedRows = "";
      for (let row = 0; row < image.height; row++) {
        const [upper, lower] = [y.before[row] ?? 0, y.behind[row] ?? 0].map(
          (tile) => mapsAt + tile * tilesX * mapBytes,
        ) as [number, number]; // a map over two gives two
        const from = address + row * strideBytes;
        const to = blended.address + row * blended.strideBytes;
        const below = y.weight[row] ?? 0;
        if (bytes === 2) {
          kernels.blendRow16(from, image.width, befores, behinds, rights, upper, lower, below, to);
          continue;
        }
        if (joinedRows !== `${upper} ${lower}`) kernels.joinMapRow(upper, lower, tilesX, joined);
        joinedRows = `${upper} ${lower}`;
        kernels.blendRow8(from, image.width, joined, ends, rights, below, to);
      }
      return blended;
    },

    png: (image) => wasmPngStream(image, host),
  };
}

/** Weights of 8-bit pixels are integers of 11 bits. */
function weightOf(share: number): number {
  return Math.round(share * 2048);
}

/** For each place between tiles, one before the first and one behind the last included, the column behind its last one. */
function placeEnds({ before, behind }: TilePositions, tilesX: number): number[] {
  const ends = Array.from({ length: tilesX + 1 }, () => 0);
  for (const [column, tile] of behind.entries()) ends[before[column] === tile && tile > 0 ? tilesX : tile] = column + 1;
  for (let place = 1; place < ends.length; place++) ends[place] = Math.max(ends[place] ?? 0, ends[place - 1] ?? 0);
  return ends;
}

function viewAs(like: GreyImage["pixels"], memory: ArrayBuffer, address: number, length: number): GreyImage["pixels"] {
  return like instanceof Uint16Array
    ? new Uint16Array(memory, address, length)
    : new Uint8Array(memory, address, length);
}

/**
 * The means of areas, some rows after another.
 *
 * @param rowsFrom makes rows `first` up to, not with, `end` be there
 */
function averageRows(
  { kernels, memory, arena }: KernelHost,
  { pixels, width }: Pick<GreyImage, "pixels" | "width">,
  { columns, rows, halvesUp }: Areas,
  rowsFrom: (first: number, end: number) => { address: number; strideBytes: number },
): GreyImage {
  const bytes = pixels.BYTES_PER_ELEMENT;
  const spans = arena.take(columns.length * spanBytes);
  const view = new DataView(memory, spans, columns.length * spanBytes);
  for (const [index, { first, end, firstWeight, lastWeight, area }] of columns.entries()) {
    view.setInt32(index * spanBytes, first, true);
    view.setInt32(index * spanBytes + 4, end, true);
    view.setFloat64(index * spanBytes + 8, firstWeight, true);
    view.setFloat64(index * spanBytes + 16, lastWeight, true);
    view.setFloat64(index * spanBytes + 24, area, true);
  }
  const averagedAt = arena.take(rows.length * columns.length * bytes);
  const sumRows = bytes === 1 ? kernels.sumRows8 : kernels.sumRows16;
  for (const [y, { first, end, firstWeight, lastWeight, area }] of rows.entries()) {
    const { address, strideBytes } = rowsFrom(first, end);
    sumRows(address, strideBytes, width, end - first, firstWeight, lastWeight, rowAt);
    const to = averagedAt + y * columns.length * bytes;
    kernels.averageColumns(rowAt, spans, columns.length, area, halvesUp ? 1 : 0, whiteLevel(pixels), bytes, to);
  }
  const averaged = viewAs(pixels, memory, averagedAt, rows.length * columns.length);
  return greyImage(averaged, columns.length, rows.length);
}

function frameAt(host: KernelHost, address: number, columns: number, rows: number): FrameInMemory {
  const { kernels, memory, arena } = host;
  let isCounted = false;
  const counts = (): Uint32Array => {
    kernels.countValues(address, columns * rows);
    isCounted = true;
    return new Uint32Array(memory, countsAt, 0x10000);
  };
  const runsAt = columns <= widestRow ? rowAt : arena.take((columns + 2) * 4);

  /** Writes the levels of a rectangle, packed, to an address; one after another is asked for, with no other kernel's table between. */
  const levelsWriter = (levels: GreyLevels): ((box: Box, to: number) => void) => {
    const { table, low, line } = levels;
    if (table instanceof Uint8Array && line !== undefined && isExact(line, table, levels)) {
      if (!isCounted) counts();
      const { factor, offset } = line;
      return ({ x, y, width, height }, to) =>
        kernels.cutLine(address, columns, y * columns + x, width, height, to, low, factor, offset);
    }
    viewAs(table, memory, tableAt, table.length).set(table);
    const cutTable = table instanceof Uint8Array ? kernels.cutTable8 : kernels.cutTable16;
    return ({ x, y, width, height }, to) =>
      cutTable(address + (y * columns + x) * 2, columns * 2, width, height, to, tableAt);
  };

  return {
    columns,
    rows,

    counts,

    within({ low, span }) {
      if (!isCounted) counts(); // the runs of the background are found on the way
      return {
        width: columns,
        height: rows,
        runs: (y) => kernels.runsWithin(address, y, columns, low, span, runsAt),
        columns: new Uint32Array(memory, runsAt, columns + 1),
        contourArea: (x, y) => kernels.doubleContourArea(address, columns, rows, low, span, x, y) / 2,
      };
    },

    cut(box, levels) {
      // In the frame's own place: each block is read before anything is written at or behind it.
      levelsWriter(levels)(box, address);
      return greyImage(viewAs(levels.table, memory, address, box.width * box.height), box.width, box.height);
    },

    overview(levels, areas) {
      const write = levelsWriter(levels);
      // So few rows at a time that they stay in the processor's cache.
      const rowsAtOnce = Math.max(...areas.rows.map(({ first, end }) => end - first));
      const bytes = levels.table.BYTES_PER_ELEMENT;
      const scratch = arena.take(rowsAtOnce * columns * bytes);
      const like = { pixels: levels.table, width: columns };
      const averaged = averageRows(host, like, areas, (first, end) => {
        write({ x: 0, y: first, width: columns, height: end - first }, scratch);
        return { address: scratch, strideBytes: columns * bytes };
      });
      return eightBitImage(averaged);
    },
  };
}

/** Whether the line, in the kernel's single precision, gives the table's level for every value that occurs. */
function isExact(line: { factor: number; offset: number }, table: Uint8Array, { low, high }: GreyLevels): boolean {
  const { fround } = Math;
  const factor = fround(line.factor);
  const offset = fround(line.offset);
  for (let stored = low; stored <= high; stored++) {
    const level = roundHalfEven(fround(fround((stored - low) * factor) + offset));
    if ((level < 0 ? 0 : level > 255 ? 255 : level) !== table[stored & 0xffff]) return false;
  }
  return true;
}
