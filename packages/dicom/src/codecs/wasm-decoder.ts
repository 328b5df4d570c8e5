import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { DicomImage } from "../dicom-image.ts";
import { corruptError, truncatedError } from "../errors.ts";
import { endsWithEndMarker } from "../end-marker.ts";
import type { Cells } from "../stored-values.ts";
import { type DecodedFrame, valuesFrame } from "./codec.ts";
import { checkMemory } from "./check-memory.ts";
import { checkSize } from "./check-size.ts";

/** What the WebAssembly builds of OpenJPEG and CharLS in `@cornerstonejs/codec-*` have in common. */
interface Decoder {
  getEncodedBuffer(sizeBytes: number): Uint8Array;
  decode(): void;
  getDecodedBuffer(): Uint8Array;
  getFrameInfo(): { width: number; height: number; bitsPerSample: number; componentCount: number };
  delete(): void;
}

/** The part of WebAssembly's JavaScript API that is used here; the types of Node 20 leave it out. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
};

type CodecModule = Record<string, new () => Decoder> & { HEAPU8: Uint8Array };

/** WebAssembly memory never shrinks: an instance that has grown beyond this goes when its picture is decoded. */
const keptBytes = 64 * 1024 * 1024;

export interface WasmBuild {
  /** Its Emscripten factory. */
  factory: () => Promise<{ default: (options: object) => Promise<object> }>;
  /** Module specifier of the WebAssembly file. */
  wasm: string;
  className: string;
  /** What it takes beside the stream and the picture. */
  ownBytes: (streamBytes: number, pixels: number) => number;
  /** The size that a stream declares, so that it is compared with the header before anything is allocated. */
  readSize: (stream: Uint8Array) => { columns: number; rows: number } | undefined;
}

/**
 * A decoder out of one of those packages, compiled when the first image needs it.
 *
 * @returns cells that are a view of its memory, valid until its next image
 */
export function wasmDecoder(build: WasmBuild): (image: DicomImage) => Promise<DecodedFrame> {
  const instantiate = instantiator(build);
  let running: { codec: CodecModule; decoder?: Decoder } | undefined;
  return async (image) => {
    const { encoded, source } = image;
    const size = build.readSize(encoded);
    if (size === undefined) throw corruptError(source, "its pixel data does not begin as its transfer syntax says");
    checkSize(size, image);
    checkMemory(image, build.ownBytes(encoded.length, image.rows * image.columns));
    if (!endsWithEndMarker(encoded)) throw truncatedError(source, "its compressed pixel data has no end marker");
    const { codec, decoder: last } = running ?? { codec: await instantiate() };
    running = undefined; // what a bad stream does to the instance's memory shall not meet the next image
    last?.delete();
    const Decoder = codec[build.className];
    if (Decoder === undefined) throw new TypeError(`${build.wasm} has no ${build.className}`);
    const decoder = new Decoder();
    const frame = decodeWith(decoder, image);
    if (codec.HEAPU8.length <= keptBytes) running = { codec, decoder };
    return frame;
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
  if (componentCount !== 1)
    throw corruptError(image.source, `its pixel data has ${componentCount} components, its header says 1`);
  return valuesFrame(cellsOf(decoder.getDecodedBuffer(), bitsPerSample), bitsPerSample);
}

function cellsOf(bytes: Uint8Array, bitsPerSample: number): Cells {
  if (bitsPerSample <= 8) return bytes;
  const own = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(own.buffer, own.byteOffset, Math.floor(own.length / 2));
}

/** Compiles once, however often an instance is made. */
function instantiator({ factory, wasm }: WasmBuild): () => Promise<CodecModule> {
  let compiled: Promise<object> | undefined;
  const compile = async (): Promise<object> =>
    WebAssembly.compile(await readFile(createRequire(import.meta.url).resolve(wasm)));
  return async () => {
    const module = await (compiled ??= compile());
    const { default: create } = await factory();
    const options = {
      instantiateWasm(imports: object, receive: (instance: object) => void) {
        void WebAssembly.instantiate(module, imports).then(receive);
        return {}; // the exports come by `receive`
      },
      print: () => undefined,
      printErr: () => undefined,
    };
    // The cast: what a build contains is known from its documentation only.
    return (await create(options)) as CodecModule;
  };
}
