import type { Architecture } from "./layers.ts";

/** The layer whose output goes into the last block: where a network is cut when only that block is trained. */
export function cutOf({ layers, lastBlock }: Architecture): string {
  return layers.find(({ name }) => name === lastBlock)?.input ?? "input";
}
