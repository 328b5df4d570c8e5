import { elementCount, type StateDict } from "../state-dict.ts";
import { invalidCheckpoint, refusedCheckpoint } from "./checkpoint-errors.ts";
import { decodeFloats, floatBytes } from "./decode-floats.ts";
import { isLegacyCheckpoint, readLegacyCheckpoint } from "./torch-legacy.ts";
import { type Storages, TorchTensor } from "./torch-tensors.ts";
import { isZip, readZipCheckpoint } from "./torch-zip.ts";

/** How many times larger than its file a checkpoint may become: half precision doubles, shared weights are copied. */
const growthLimit = 8;

/**
 * Reads the state dict of a `.pth` or `.pt` file that `torch.save` wrote, in the zip format of PyTorch 1.6 and later or the
 * older one. Nothing in the file is executed. Tensors of integers (batch counters) are left out.
 *
 * @param bytes the whole file
 * @param source its name in error messages
 * @throws ModelsError CHECKPOINT_REFUSED when it holds anything but weights, CHECKPOINT_INVALID when it is damaged
 */
export function readTorchCheckpoint(bytes: Uint8Array, source: string): StateDict {
  if (!isZip(bytes) && !isLegacyCheckpoint(bytes))
    throw invalidCheckpoint(source, "it is in neither of PyTorch's formats");
  const { value, storages } = isZip(bytes) ? readZipCheckpoint(bytes, source) : readLegacyCheckpoint(bytes, source);
  const dictionary = value instanceof Map && value.get("state_dict") instanceof Map ? value.get("state_dict") : value;
  if (!(dictionary instanceof Map)) throw refusedCheckpoint(source, "something that is no state dict");
  const stateDict: StateDict = new Map();
  let left = bytes.length * growthLimit;
  for (const [name, tensor] of dictionary) {
    if (!(tensor instanceof TorchTensor) || typeof name !== "string" || tensor.storage.type === undefined) continue;
    left -= elementCount(tensor.shape) * Float32Array.BYTES_PER_ELEMENT;
    if (!(left >= 0)) throw invalidCheckpoint(source, "its tensors are far larger than the file");
    stateDict.set(name, { shape: tensor.shape, data: numbersOf(tensor, storages, name, source) });
  }
  if (stateDict.size === 0) throw invalidCheckpoint(source, "it holds no tensors of floating-point numbers");
  return stateDict;
}

/** The tensor's numbers, row-major, whatever its strides in the storage are. */
function numbersOf(tensor: TorchTensor, storages: Storages, name: string, source: string): Float32Array {
  const { shape, strides, offset, storage } = tensor;
  const bytes = storages.get(storage.key);
  if (storage.type === undefined || bytes === undefined)
    throw invalidCheckpoint(source, `the numbers of ${name} are missing`);
  const size = floatBytes[storage.type];
  const count = elementCount(shape);
  if (count === 0) return new Float32Array(0);
  const last = shape.reduce((index, length, axis) => index + (length - 1) * (strides[axis] ?? 0), offset);
  if ((last + 1) * size > bytes.length) throw invalidCheckpoint(source, `${name} reaches past its stored numbers`);
  if (isRowMajor(shape, strides))
    return decodeFloats(storage.type, bytes.subarray(offset * size, (offset + count) * size));
  const stored = decodeFloats(storage.type, bytes.subarray(offset * size, (last + 1) * size));
  return Float32Array.from({ length: count }, (_, index) => stored[positionOf(index, shape, strides)] ?? NaN);
}

function isRowMajor(shape: number[], strides: number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    if (length !== 1 && strides[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

/** Where the element with this row-major index lies. */
function positionOf(index: number, shape: number[], strides: number[]): number {
  let rest = index;
  let position = 0;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    position += (rest % length) * (strides[axis] ?? 0);
    rest = Math.floor(rest / length);
  }
  return position;
}
