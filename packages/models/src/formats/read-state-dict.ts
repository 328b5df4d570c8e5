import type { StateDict } from "../state-dict.ts";
import { readSafetensors } from "./safetensors.ts";
import { isLegacyCheckpoint } from "./torch-legacy.ts";
import { readTorchCheckpoint } from "./torch-checkpoint.ts";
import { isZip } from "./torch-zip.ts";

/**
 * Weights from a `.safetensors`, `.pth` or `.pt` file; the content decides which it is, not the name.
 *
 * @param source name of the file in error messages
 * @throws ModelsError SAFETENSORS_INVALID, CHECKPOINT_INVALID or CHECKPOINT_REFUSED
 */
export function readStateDict(bytes: Uint8Array, source: string): StateDict {
  return isZip(bytes) || isLegacyCheckpoint(bytes) || /\.(pth|pt|bin)$/i.test(source)
    ? readTorchCheckpoint(bytes, source)
    : readSafetensors(bytes, source).tensors;
}
