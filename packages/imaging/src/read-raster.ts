import { AppError, messageOf } from "@mammoflow/runtime";
import type { Pixels } from "@mammoflow/dicom";
import type { Metadata, Sharp } from "sharp";
import { ImageError } from "./errors.ts";
import type { ImageSource } from "./image-source.ts";
import { readPgm } from "./read-pgm.ts";

/** Kinds of picture files, as their first bytes tell; what they are called does not matter. */
export type RasterKind = "PNG" | "JPEG" | "TIFF" | "PGM";

/** As many as a DICOM file may have; checked before anything is decoded. */
const mostPixels = 40 * 2 ** 20;
/** As of a DICOM file. libvips works on bands of rows, whatever their width. */
const mostPixelsAside = 65_535;
/** Of all channels, so that a process that reads them stays below 300 MB; of a progressive picture more is held at once. */
const mostBytes = { plain: 80 * 2 ** 20, progressive: 64 * 2 ** 20 };

/** @returns undefined for everything else, DICOM with a TIFF's beginning in its preamble (PS3.10 section 7.1) included */
export function rasterKind(bytes: Uint8Array): RasterKind | undefined {
  const starts = (...first: number[]): boolean => first.every((value, index) => bytes[index] === value);
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return "PNG";
  if (starts(0xff, 0xd8, 0xff)) return "JPEG";
  if (starts(0x49, 0x49, 0x2a, 0) || starts(0x4d, 0x4d, 0, 0x2a))
    return Buffer.from(bytes.subarray(128, 132)).toString("latin1") === "DICM" ? undefined : "TIFF";
  const isGreymap = starts(0x50, 0x32) || starts(0x50, 0x35); // P2, P5
  return isGreymap && /\s|#/.test(String.fromCharCode(bytes[2] ?? 0)) ? "PGM" : undefined;
}

/**
 * Reads the header of a grey picture of 8 or 16 bits (PGM: of 1 to 16). Its values are grey levels as they are: no gamma, no
 * colour profile, no rotation is applied; a TIFF whose smallest value is white is turned over.
 *
 * @throws ImageError `IMAGE_TOO_LARGE`, `IMAGE_UNSUPPORTED` (other depths, transparency, CMYK), `IMAGE_COLOUR` and
 * `IMAGE_CORRUPT`, the last two also when it is decoded
 */
export async function openRaster(bytes: Uint8Array, kind: RasterKind, source: string): Promise<ImageSource> {
  const raster = kind === "PGM" ? readPgm(bytes, source) : await readWithSharp(bytes, kind, source);
  const { rows, columns, bitsStored } = raster;
  const most = Math.min(mostPixels, raster.mostPixels ?? mostPixels);
  if (rows * columns > most || Math.max(rows, columns) > mostPixelsAside)
    throw new ImageError({
      code: "IMAGE_TOO_LARGE",
      message: `${source} is ${columns} x ${rows} pixels, more than the ${Math.floor(most / 1e6)} million, or ${mostPixelsAside} a side, that are read of such a ${kind}: make it smaller or leave it out.`,
    });
  return {
    source,
    rows,
    columns,
    frames: raster.frames,
    isInverted: false,
    rescale: { slope: 1, intercept: 0 },
    windows: [],
    voiLuts: [],
    warnings: raster.warnings,
    facts: { rows, columns, bitsStored },
    decode: async () => ({ samples: await raster.decode(), rows, columns, bitsStored, isSigned: false, warnings: [] }),
  };
}

/** What a picture's header says, and its values: `[rows, columns]`. */
export interface Raster {
  rows: number;
  columns: number;
  bitsStored: number;
  frames: number;
  /** Where fewer are read of such a picture. */
  mostPixels?: number;
  warnings: string[];
  decode: () => Promise<Pixels["samples"]>;
}

async function readWithSharp(bytes: Uint8Array, kind: RasterKind, source: string): Promise<Raster> {
  const { default: sharp } = await import("sharp"); // 10 MB that a worker of DICOM files need not hold
  const open = (): Sharp => sharp(bytes, { ignoreIcc: true, limitInputPixels: mostPixels });
  // The cap is ours to name, so the header is read without it.
  const header = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch((error: unknown) => {
      throw corrupt(source, kind, error);
    });
  const bitsStored = supportedBits(header, kind, source);
  const space = { 8: { grey: "b-w", colour: "srgb" }, 16: { grey: "grey16", colour: "rgb16" } }[bitsStored];
  const { width, height, channels, pages = 1, orientation = 1 } = header;
  const most = header.isProgressive ? mostBytes.progressive : mostBytes.plain;
  return {
    rows: height,
    columns: width,
    bitsStored,
    frames: pages,
    mostPixels: most / (channels * (bitsStored / 8)),
    warnings:
      orientation === 1
        ? []
        : [`its orientation mark (${orientation}) is ignored: the picture is used as it lies in the file`],
    async decode() {
      const picture =
        channels === 1
          ? open().toColourspace(space.grey)
          : open().pipelineColourspace(space.colour).toColourspace(space.colour);
      try {
        const { data } = await picture
          .raw({ depth: bitsStored === 16 ? "ushort" : "uchar" })
          .toBuffer({ resolveWithObject: true });
        const samples = bitsStored === 16 ? sixteenBit(data) : data;
        return channels === 1 ? samples : greyOf(samples, width, source);
      } catch (error) {
        throw error instanceof AppError ? error : corrupt(source, kind, error);
      }
    },
  };
}

function supportedBits({ depth, hasAlpha, channels, space }: Metadata, kind: RasterKind, source: string): 8 | 16 {
  const refuse = (what: string, instead: string): ImageError =>
    new ImageError({ code: "IMAGE_UNSUPPORTED", message: `${source} is a ${kind} ${what}: ${instead}.` });
  if (hasAlpha) throw refuse("with transparency", "save it as a grey picture without an alpha channel");
  if ((channels !== 1 && channels !== 3) || space === "lab")
    throw refuse(`in the colour space ${space}`, "save it as a grey picture");
  if (depth === "uchar") return 8;
  if (depth === "ushort") return 16;
  throw refuse(`of type ${depth}`, "save it with 8 or 16 bits without sign");
}

/** A copy where the bytes do not lie as 16-bit values must. */
function sixteenBit(data: Buffer): Uint16Array {
  const bytes = data.byteOffset % 2 === 0 ? data : Uint8Array.from(data);
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}

/** One channel of three that are equal everywhere. */
function greyOf(samples: Uint8Array | Uint16Array, columns: number, source: string): Uint8Array | Uint16Array {
  const count = samples.length / 3;
  const grey = samples instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
  for (let index = 0; index < count; index++) {
    const red = samples[3 * index] ?? 0;
    if (samples[3 * index + 1] !== red || samples[3 * index + 2] !== red)
      throw new ImageError({
        code: "IMAGE_COLOUR",
        message: `${source} has colours, first at column ${index % columns}, row ${Math.floor(index / columns)}: save it as a grey picture, as no rule is known that makes a mammogram of colours.`,
      });
    grey[index] = red;
  }
  return grey;
}

function corrupt(source: string, kind: RasterKind, error: unknown): ImageError {
  const [reason = ""] = messageOf(error).split("\n");
  return new ImageError({
    code: "IMAGE_CORRUPT",
    message: `${source} is no whole ${kind} (${reason}): fetch the file again or leave it out.`,
    cause: error,
  });
}
