import { invalidCheckpoint, refusedCheckpoint } from "./checkpoint-errors.ts";
import { readPickle } from "./pickle.ts";
import { stateDictMeaning, type Storages, TorchStorage } from "./torch-tensors.ts";

/** A pickle of protocol 2 of the ten-byte number 0x1950a86a20f9469cfc6c. */
const magic = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const protocolVersion = 1001;

/** True for the format that torch.save wrote before PyTorch 1.6. */
export const isLegacyCheckpoint = (bytes: Uint8Array): boolean => magic.every((byte, index) => bytes[index] === byte);

/**
 * The old format: five pickles (magic number, protocol version, facts of the machine, the value, keys of the storages), then for
 * each key its number of elements (8 bytes) and its bytes.
 *
 * @returns the pickled value and the storages that its tensors are views of
 */
export function readLegacyCheckpoint(bytes: Uint8Array, source: string): { value: unknown; storages: Storages } {
  const declared = new Map<string, TorchStorage>();
  const meaning = {
    call: stateDictMeaning.call,
    persistent: (id: unknown): unknown => {
      const storage = stateDictMeaning.persistent?.(id);
      if (storage instanceof TorchStorage) declared.set(storage.key, storage);
      return storage;
    },
  };
  let position = magic.length;
  const next = (): unknown => {
    const { value, length } = readPickle(bytes.subarray(position), meaning, source);
    position += length;
    return value;
  };
  if (next() !== protocolVersion) throw invalidCheckpoint(source, "its protocol version is not 1001");
  const machine = next();
  if (machine instanceof Map && machine.get("little_endian") === false)
    throw invalidCheckpoint(source, "its numbers are stored big-endian");
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw invalidCheckpoint(source, "it lists no storages");
  const storages: Storages = new Map();
  for (const key of keys) {
    const storage = declared.get(String(key));
    if (storage === undefined) throw refusedCheckpoint(source, "a storage that no tensor uses");
    const start = position + 8;
    if (start > bytes.length) throw invalidCheckpoint(source, "it is cut off");
    const elements = new DataView(bytes.buffer, bytes.byteOffset + position, 8).getBigUint64(0, true);
    const length = Number(elements) * storage.elementBytes;
    if (length > bytes.length - start) throw invalidCheckpoint(source, "it is cut off");
    storages.set(storage.key, bytes.subarray(start, start + length));
    position = start + length;
  }
  return { value, storages };
}
