import { inflateSync } from "node:zlib";
import { readGolden } from "../support/goldens.ts";

/** A sound file of a few hundred to a few thousand bytes. */
export interface Seed {
  name: string;
  bytes: Buffer;
}

interface Golden {
  name: string;
  file: string;
}

interface Matrix {
  files: string;
  pixels: { name: string; file: [offset: number, length: number] }[];
  grey: { name: string; file: [offset: number, length: number] }[];
}

/** The DICOM files of the goldens. */
export function dicomSeeds(): Seed[] {
  const { files, pixels, grey } = readGolden<Matrix>("dicom-matrix.json");
  const packed = inflateSync(Buffer.from(files, "base64"));
  const ofMatrix = [...pixels, ...grey].map(({ name, file: [offset, length] }) => ({
    name,
    bytes: packed.subarray(offset, offset + length),
  }));
  const singles = ["dicom.json", "dicom-codecs.json"].flatMap((name) => readGolden<Golden[]>(name));
  return [...singles.map(({ name, file }) => ({ name, bytes: inflateSync(Buffer.from(file, "base64")) })), ...ofMatrix];
}

/** The picture files of the goldens, those that are refused as well. */
export function rasterSeeds(): Seed[] {
  const { read, refused } = readGolden<{ read: Golden[]; refused: Golden[] }>("rasters.json");
  return [...read, ...refused].map(({ name, file }) => ({ name, bytes: Buffer.from(file, "base64") }));
}
