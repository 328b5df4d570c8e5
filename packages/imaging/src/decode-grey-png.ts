import { crc32, inflateSync } from "node:zlib";
import { AppError, messageOf } from "@mammoflow/runtime";

interface GreyPixels {
  /** uint8 [size, size] */
  pixels: Uint8Array;
  sizePx: number;
}

/**
 * A square grey PNG's pixels, uint8 [size, size]. What recipes write (8-bit grey, not interlaced) is decoded here, in a quarter of
 * the time that it takes by way of libvips; other PNGs are left to that.
 *
 * @throws AppError `IMAGE_PNG` when it is none
 */
export async function decodeGreyPng(png: Uint8Array, name: string): Promise<GreyPixels> {
  try {
    return decodePlain(Buffer.from(png.buffer, png.byteOffset, png.byteLength), name) ?? (await decodeOther(png, name));
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError({
      code: "IMAGE_PNG",
      message: `${name} is no readable PNG (${messageOf(error)}): remove it and resume the run.`,
      cause: error,
    });
  }
}

async function decodeOther(png: Uint8Array, name: string): Promise<GreyPixels> {
  const { default: sharp } = await import("sharp");
  const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true });
  requireSquare(info, name, info.channels);
  return { pixels: data, sizePx: info.width };
}

function requireSquare({ width, height }: { width: number; height: number }, name: string, channels = 1): void {
  if (width === height && channels === 1) return;
  throw new AppError({
    code: "IMAGE_PNG",
    message: `${name} is ${width} x ${height} px, not a square grey image: use a recipe that resizes to a square.`,
  });
}

const signature = "\u0089PNG\r\n\u001a\n";
/** Side of the largest image that is decoded here: what recipes are for is far smaller. */
const mostPx = 16_384;

/** PNG specification, third edition; undefined where the image is of another kind. */
function decodePlain(png: Buffer, name: string): GreyPixels | undefined {
  if (png.toString("latin1", 0, 8) !== signature || png.length < 33) return undefined;
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const [bits, colour, , , interlace] = png.subarray(24, 29);
  if (bits !== 8 || colour !== 0 || interlace !== 0 || width > mostPx) return undefined;
  requireSquare({ width, height }, name);
  const data: Buffer[] = [];
  for (let at = 8, type = ""; type !== "IEND";) {
    const length = png.readUInt32BE(at);
    type = png.toString("latin1", at + 4, at + 8);
    const end = at + 8 + length;
    if (crc32(png.subarray(at + 4, end)) !== png.readUInt32BE(end)) throw new Error(`its chunk ${type} is damaged`);
    if (type === "IDAT") data.push(png.subarray(at + 8, end));
    at = end + 4;
  }
  const rows = inflateSync(Buffer.concat(data), { maxOutputLength: height * (width + 1) });
  if (rows.length !== height * (width + 1)) throw new Error(`its data end after ${rows.length} bytes`);
  return { pixels: unfilter(rows, width, height), sizePx: width };
}

/** Rows with their filters' numbers in front to the pixels that were filtered, section 9.2. */
function unfilter(rows: Uint8Array, width: number, height: number): Uint8Array {
  const pixels = new Uint8Array(width * height);
  let above: Uint8Array = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    const start = y * (width + 1);
    const row = rows.subarray(start + 1, start + 1 + width);
    const out = pixels.subarray(y * width, (y + 1) * width);
    unfilterRow(rows[start] ?? 0, row, above, out);
    above = out;
  }
  return pixels;
}

/** Reads beyond a row's start are zeros. */
function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, out: Uint8Array): void {
  let left = 0;
  let corner = 0;
  switch (filter) {
    case 0:
      return out.set(row);
    case 1:
      for (let x = 0; x < row.length; x++) out[x] = left = ((row[x] ?? 0) + left) & 255;
      return;
    case 2:
      for (let x = 0; x < row.length; x++) out[x] = (row[x] ?? 0) + (above[x] ?? 0);
      return;
    case 3:
      for (let x = 0; x < row.length; x++) out[x] = left = ((row[x] ?? 0) + ((left + (above[x] ?? 0)) >> 1)) & 255;
      return;
    case 4:
      for (let x = 0; x < row.length; x++) {
        const up = above[x] ?? 0;
        out[x] = left = ((row[x] ?? 0) + paeth(left, up, corner)) & 255;
        corner = up;
      }
      return;
    default:
      throw new Error(`it has a filter of number ${filter}`);
  }
}

/** Of left, above and upper left the one that is nearest to left + above - upper left. */
function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
