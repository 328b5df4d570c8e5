import { z } from "zod";
import { ModelsError } from "../models-error.ts";
import { elementCount, type StateDict } from "../state-dict.ts";
import { decodeFloats, type FloatType, floatBytes } from "./decode-floats.ts";

/** The format's own limit on its JSON header. */
const headerLimitBytes = 100_000_000;

/** Bytes of one element of the types that hold no weights (counters, masks): checked and left out. */
const otherBytes: Record<string, number> = { I64: 8, I32: 4, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, BOOL: 1 };
const isFloatType = (type: string): type is FloatType => Object.hasOwn(floatBytes, type);

const count = z.number().int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});
const metadataSchema = z.record(z.string(), z.string());

/** What a safetensors file holds. */
export interface Safetensors {
  tensors: StateDict;
  metadata: Record<string, string>;
}

/** A tensor as it lies in a file. */
export interface RawTensor {
  /** The format's name of its number type, e.g. `F16`. */
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors): an 8-byte length, a JSON header, raw tensors; no
 * code runs. F32, F16, BF16 and F64 become Float32Array; integers and booleans are left out.
 *
 * @param bytes the whole file
 * @param source its name in error messages
 * @throws ModelsError SAFETENSORS_INVALID when the header does not describe exactly the bytes that follow it
 */
export function readSafetensors(bytes: Uint8Array, source = "the safetensors file"): Safetensors {
  const { tensors, metadata } = readRawSafetensors(bytes, source);
  const floats: StateDict = new Map();
  for (const [name, tensor] of tensors)
    if (isFloatType(tensor.dtype))
      floats.set(name, { shape: tensor.shape, data: decodeFloats(tensor.dtype, tensor.bytes) });
  return { tensors: floats, metadata };
}

/**
 * The same without decoding: each tensor as a view of the file's bytes.
 *
 * @throws ModelsError as `readSafetensors`
 */
export function readRawSafetensors(
  bytes: Uint8Array,
  source: string,
): { tensors: Map<string, RawTensor>; metadata: Record<string, string> } {
  const { header, body } = splitHeader(bytes, source);
  const { __metadata__: metadataEntry, ...entries } = header;
  const metadata = metadataSchema.safeParse(metadataEntry ?? {});
  if (!metadata.success) throw invalid(source, "its __metadata__ is not a map of texts");
  const tensors = new Map<string, RawTensor>();
  let covered = 0;
  const parsed = Object.entries(entries).map(([name, entry]) => ({ name, ...parseEntry(entry, name, source) }));
  for (const { name, dtype, shape, begin, end } of parsed.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered || end > body.length)
      throw invalid(source, `the bytes of ${name} overlap others, leave a gap or run past the end`);
    covered = end;
    tensors.set(name, { dtype, shape, bytes: body.subarray(begin, end) });
  }
  if (covered !== body.length) throw invalid(source, `${body.length - covered} bytes at its end belong to no tensor`);
  return { tensors, metadata: metadata.data };
}

function splitHeader(bytes: Uint8Array, source: string): { header: Record<string, unknown>; body: Uint8Array } {
  if (bytes.length < 8) throw invalid(source, "it is shorter than its 8-byte start");
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(headerLimitBytes, bytes.length - 8)))
    throw invalid(source, "its header is longer than the file or 100 MB");
  const end = 8 + Number(length);
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, end)));
    if (typeof header !== "object" || header === null || Array.isArray(header)) throw new Error("not an object");
    return { header: { ...header }, body: bytes.subarray(end) };
  } catch (cause) {
    throw invalid(source, "its header is not a JSON object", cause);
  }
}

function parseEntry(entry: unknown, name: string, source: string) {
  const result = entrySchema.safeParse(entry);
  if (!result.success) throw invalid(source, `the header's entry for ${name} has no dtype, shape and data_offsets`);
  const {
    dtype,
    shape,
    data_offsets: [begin, end],
  } = result.data;
  const size = isFloatType(dtype) ? floatBytes[dtype] : otherBytes[dtype];
  if (size === undefined) throw invalid(source, `${name} has the unknown number type ${dtype}`);
  if (elementCount(shape) * size !== end - begin)
    throw invalid(source, `the shape of ${name} does not fit its ${end - begin} bytes`);
  return { dtype, shape, begin, end };
}

/**
 * Writes tensors as F32, in the order of the map; the same tensors and metadata give the same bytes.
 *
 * @param metadata short texts kept in the header
 * @throws ModelsError SAFETENSORS_INVALID when a tensor's shape does not fit its numbers
 */
export function writeSafetensors(tensors: StateDict, metadata: Record<string, string> = {}): Uint8Array {
  const raw = new Map<string, RawTensor>();
  for (const [name, { shape, data }] of tensors) {
    if (elementCount(shape) !== data.length || name === "__metadata__")
      throw invalid(
        "the file to be written",
        `${name} of shape [${shape.join(", ")}] cannot hold ${data.length} numbers`,
      );
    raw.set(name, { dtype: "F32", shape, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
  }
  return writeRawSafetensors(raw, metadata);
}

/** The same of tensors whose bytes are at hand. */
export function writeRawSafetensors(
  tensors: ReadonlyMap<string, RawTensor>,
  metadata: Record<string, string>,
): Uint8Array {
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    entries.push([name, { dtype, shape, data_offsets: [offset, offset + bytes.length] }]);
    offset += bytes.length;
  }
  const json = JSON.stringify(Object.fromEntries(entries));
  const text = new TextEncoder().encode(json);
  const headerBytes = Math.ceil(text.length / 8) * 8; // padded with spaces, so that the tensors are aligned
  const file = new Uint8Array(8 + headerBytes + offset).fill(0x20, 8, 8 + headerBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.set(text, 8);
  let position = 8 + headerBytes;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, position);
    position += bytes.length;
  }
  return file;
}

function invalid(source: string, what: string, cause?: unknown): ModelsError {
  return new ModelsError({
    code: "SAFETENSORS_INVALID",
    message: `${source} is not a usable safetensors file: ${what}. Fetch or write it again.`,
    cause,
  });
}
