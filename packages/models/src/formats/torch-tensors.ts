import type { FloatType } from "./decode-floats.ts";
import { PickleName, type PickleMeaning } from "./pickle.ts";

/** The raw bytes of each storage of a checkpoint, by its key. */
export type Storages = Map<string, Uint8Array>;

/** A run of numbers that tensors are views of. */
export class TorchStorage {
  readonly key: string;
  /** Undefined for integers and booleans, which hold no weights. */
  readonly type: FloatType | undefined;
  /** Bytes of one element. */
  readonly elementBytes: number;
  constructor(key: string, type: FloatType | undefined, elementBytes: number) {
    this.key = key;
    this.type = type;
    this.elementBytes = elementBytes;
  }
}

/** A view of a storage; offset and strides count elements. */
export class TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: number[];
  readonly strides: number[];
  constructor(storage: TorchStorage, offset: number, shape: number[], strides: number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

const floatStorages: Record<string, FloatType> = {
  "torch.FloatStorage": "F32",
  "torch.HalfStorage": "F16",
  "torch.BFloat16Storage": "BF16",
  "torch.DoubleStorage": "F64",
};
const storageBytes: Record<string, number> = {
  "torch.FloatStorage": 4,
  "torch.HalfStorage": 2,
  "torch.BFloat16Storage": 2,
  "torch.DoubleStorage": 8,
  "torch.LongStorage": 8,
  "torch.IntStorage": 4,
  "torch.ShortStorage": 2,
  "torch.CharStorage": 1,
  "torch.ByteStorage": 1,
  "torch.BoolStorage": 1,
};

/** The only calls of a state dict's pickle that mean anything, by the names torch gives them. */
export const stateDictMeaning: PickleMeaning = {
  call(name, given) {
    if (name === "collections.OrderedDict") return orderedDict(given);
    if (name === "torch._utils._rebuild_tensor_v2" || name === "torch._utils._rebuild_tensor") return tensor(given);
    if (name === "torch._utils._rebuild_parameter") return given[0] instanceof TorchTensor ? given[0] : undefined;
    if (name === "torch.Size") return Array.isArray(given[0]) ? given[0] : undefined;
    return undefined;
  },
  persistent: storage,
};

/** Python 2 pickles an ordered dictionary as a list of pairs, Python 3 as an empty one that is filled. */
function orderedDict([pairs = []]: unknown[]): Map<unknown, unknown> | undefined {
  if (!Array.isArray(pairs)) return undefined;
  const dictionary = new Map<unknown, unknown>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined;
    dictionary.set(pair[0], pair[1]);
  }
  return dictionary;
}

/** `("storage", torch.FloatStorage, key, location, elements)`, in the legacy format with a view, which torch writes as None. */
function storage(id: unknown): TorchStorage | undefined {
  if (!Array.isArray(id)) return undefined;
  const [kind, type, key, , , view] = id;
  if (kind !== "storage" || !(type instanceof PickleName) || typeof key !== "string") return undefined;
  const elementBytes = Object.hasOwn(storageBytes, type.name) ? storageBytes[type.name] : undefined;
  if (elementBytes === undefined || (view !== undefined && view !== null)) return undefined;
  return new TorchStorage(key, floatStorages[type.name], elementBytes);
}

function tensor([storage, offset, shape, strides]: unknown[]): TorchTensor | undefined {
  if (!(storage instanceof TorchStorage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides))
    return undefined;
  if (shape.length !== strides.length) return undefined;
  return new TorchTensor(storage, offset, shape, strides);
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isCounts = (value: unknown): value is number[] => Array.isArray(value) && value.every(isCount);
