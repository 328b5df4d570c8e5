import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";

/** An array as the golden scripts write it: a zlib stream in base64. */
export interface PackedArray {
  shape: number[];
  deflate: string;
}

/** A golden file beside its script, e.g. `imaging.json`. */
export function readGolden<Golden>(name: string): Golden {
  return JSON.parse(readFileSync(new URL(`../goldens/${name}`, import.meta.url), "utf8")) as Golden;
}

export function unpackBytes({ deflate }: PackedArray): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(inflateSync(Buffer.from(deflate, "base64")));
}

/** Unsigned 16-bit values. */
export function unpackUint16(packed: PackedArray): Uint16Array {
  return new Uint16Array(unpackBytes(packed).buffer);
}
