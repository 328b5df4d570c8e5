import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DicomImage } from "../dicom-image.ts";
import { corruptError, truncatedError } from "../errors.ts";
import { endsWithEndMarker } from "../end-marker.ts";
import type { Cells } from "../stored-values.ts";
import { type DecodedFrame, valuesFrame } from "./codec.ts";
import { checkSize } from "./check-size.ts";

/** What the WebAssembly builds of OpenJPEG and CharLS in `@cornerstonejs/codec-*` have in common. */
interface Decoder {
  getEncodedBuffer(sizeBytes: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
  delete(): void;
}

type CodecModule = Record<string, new () => Decoder> & { HEAPU8: Uint8Array };

/** WebAssembly memory never shrinks: a module that has grown beyond this goes when its picture is decoded. */
const keptBytes = 150_000_000;

export interface WasmBuild {
  /** Its Emscripten factory. */
  factory: () => Promise<{ default: (options: object) => Promise<object> }>;
  /** Module specifier of the WebAssembly file. */
  wasm: string;
  className: string;
  /** The size that a stream declares, so that it is compared with the header before anything is allocated. */
  readSize: (stream: Uint8Array) => { columns: number; rows: number } | undefined;
}

/** A decoder out of one of those packages, compiled when the first image needs it. */
export function wasmDecoder(build: WasmBuild): (image: DicomImage) => Promise<DecodedFrame> {
  let compiled: Promise<CodecModule> | undefined;
  return async (image) => {
    const { encoded, source } = image;
    const size = build.readSize(encoded);
    if (size === undefined) throw corruptError(source, "its pixel data does not begin as its transfer syntax says");
    checkSize(size, image);
    if (!endsWithEndMarker(encoded)) throw truncatedError(source, "its compressed pixel data has no end marker");
    compiled ??= compile(build);
    const codec = await compiled;
    const Decoder = codec[build.className];
    if (Decoder === undefined) throw new TypeError(`${build.wasm} has no ${build.className}`);
    try {
      const frame = decodeWith(new Decoder(), image);
      if (codec.HEAPU8.length > keptBytes) compiled = undefined;
      return frame;
    } catch (error) {
      compiled = undefined; // what a bad stream did to the module's memory shall not meet the next image
      throw error;
    }
  };
}

function decodeWith(decoder: Decoder, image: DicomImage): DecodedFrame {
  try {
    decoder.getEncodedBuffer(image.encoded.length).set(image.encoded);
    decoder.decode();
  } catch (error) {
    // C++ exceptions arrive as bare addresses, which tell nobody anything.
    throw corruptError(image.source, "its compressed pixel data cannot be decoded", error);
  }
  const { bitsPerSample, componentCount } = decoder.getFrameInfo();
  // OpenJPH says nothing about a stream that it gave up, and has no frame then.
  if (componentCount === 0) throw corruptError(image.source, "its compressed pixel data cannot be decoded");
  if (componentCount !== 1)
    throw corruptError(image.source, `its pixel data has ${componentCount} components, its header says 1`);
  const bytes = decoder.getDecodedBuffer().slice(); // out of the decoder's memory, which delete() frees
  decoder.delete();
  return valuesFrame(cellsOf(bytes, bitsPerSample), bitsPerSample);
}

function cellsOf(bytes: Uint8Array, bitsPerSample: number): Cells {
  return bitsPerSample <= 8 ? bytes : new Uint16Array(bytes.buffer);
}

async function compile({ factory, wasm }: WasmBuild): Promise<CodecModule> {
  const wasmBinary = await readFile(createRequire(import.meta.url).resolve(wasm));
  const { default: create } = await factory();
  const silent = { print: () => undefined, printErr: () => undefined };
  // The cast: what a build contains is known from its documentation only.
  return (await create({ wasmBinary, ...silent })) as CodecModule;
}
