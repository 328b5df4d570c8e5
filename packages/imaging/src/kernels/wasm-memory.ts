import { RecipeError } from "../errors.ts";

/** Places with a fixed address in the module's memory, in bytes; kernels/memory.ts knows those before the table. */
export const countsAt = 1024;
const countsBytes = 2 * 65_536 * 4;
const flatsBytes = 32_768 * 8;
export const tableAt = countsAt + countsBytes + flatsBytes;
const tableBytes = 65_536 * 2;
export const rowAt = tableAt + tableBytes;
/** Widest row that fits in as runs (u32) or sums (f32), with the overhang of the last block. */
export const widestRow = 0x10000;
const freeAt = rowAt + (widestRow + 32) * 4;

/**
 * Size of the memory, in pages of 64 KiB: 384 MiB of addresses, so that it never has to grow, which would cut off every view
 * of it. The system backs only the pages that are touched.
 */
export const memoryPages = 6144;
const pageBytes = 0x10000;

/** Kernels read and write whole blocks, the last of which may hang over. */
const overhangBytes = 64;

/** Where the next image goes: one after another, from the start for each file. */
export interface Arena {
  /** Forgets everything that was laid out, or all behind an address. */
  clear(keptUntil?: number): void;
  /** Forgets what was laid out while it worked. */
  scratch<Result>(work: () => Result): Result;
  /** @returns an address, or undefined where the memory is used up */
  tryTake(sizeBytes: number): number | undefined;
  /** @throws RecipeError `RECIPE_TOO_LARGE` where the memory is used up: frames of the size that is accepted leave room enough */
  take(sizeBytes: number): number;
}

const aligned = (address: number): number => Math.ceil(address / 16) * 16;

export function createArena(): Arena {
  let next = freeAt;
  const arena: Arena = {
    clear(keptUntil = 0) {
      next = keptUntil === 0 ? freeAt : aligned(keptUntil + overhangBytes);
    },
    scratch(work) {
      const kept = next;
      try {
        return work();
      } finally {
        next = kept;
      }
    },
    tryTake(sizeBytes) {
      const address = next;
      const end = aligned(address + sizeBytes + overhangBytes);
      if (end > memoryPages * pageBytes) return undefined;
      next = end;
      return address;
    },
    take(sizeBytes) {
      const address = arena.tryTake(sizeBytes);
      if (address !== undefined) return address;
      throw new RecipeError({
        code: "RECIPE_TOO_LARGE",
        message: `A step of the recipe needs ${Math.ceil(sizeBytes / 2 ** 20)} MiB more than the ${memoryPages / 16} MiB that an image may take: resize to fewer pixels, or use fewer tiles.`,
      });
    },
  };
  return arena;
}
