import { unzipSync } from "fflate";
import { messageOf } from "@mammoflow/runtime";
import { invalidCheckpoint } from "./checkpoint-errors.ts";
import { readPickle } from "./pickle.ts";
import { stateDictMeaning, type Storages } from "./torch-tensors.ts";

/** True for the format of PyTorch 1.6 and later. */
export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/**
 * The zip format: `<name>/data.pkl` and one uncompressed entry `<name>/data/<key>` per storage.
 *
 * @returns the pickled value and the storages that its tensors are views of
 */
export function readZipCheckpoint(bytes: Uint8Array, source: string): { value: unknown; storages: Storages } {
  const entries = unpack(bytes, source);
  const pickleName = Object.keys(entries).find((name) => name === "data.pkl" || name.endsWith("/data.pkl"));
  const pickle = pickleName === undefined ? undefined : entries[pickleName];
  if (pickleName === undefined || pickle === undefined)
    throw invalidCheckpoint(source, "the zip file holds no data.pkl");
  const folder = pickleName.slice(0, -"data.pkl".length);
  const byteOrder = entries[`${folder}byteorder`];
  if (byteOrder !== undefined && new TextDecoder().decode(byteOrder).trim() !== "little")
    throw invalidCheckpoint(source, "its numbers are stored big-endian");
  const { value } = readPickle(pickle, stateDictMeaning, source);
  const prefix = `${folder}data/`;
  const storages = new Map(
    Object.entries(entries)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, content]) => [name.slice(prefix.length), content]),
  );
  return { value, storages };
}

/** torch.save never compresses, so an entry that would grow, or entries that share their bytes, are an attack or damage. */
function unpack(bytes: Uint8Array, source: string): Record<string, Uint8Array> {
  let left = bytes.length;
  try {
    return unzipSync(bytes, {
      filter: ({ compression, size, originalSize }) => {
        left -= originalSize;
        if (compression !== 0 || size !== originalSize || left < 0)
          throw new Error("its entries do not fit into it uncompressed");
        return true;
      },
    });
  } catch (cause) {
    throw invalidCheckpoint(source, `the zip file cannot be unpacked (${messageOf(cause)})`, cause);
  }
}
