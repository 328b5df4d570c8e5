import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { present } from "@mammoflow/jobs";
import { decodeFloat16, readActivations, type Examples } from "@mammoflow/models";
import { AppError } from "@mammoflow/runtime";
import type { ExperimentInputs } from "./experiment-inputs.ts";

export interface OpenActivations {
  examples: Examples;
  close(): void;
}

/** Numbers of one image and variant, by its place among all. */
interface Rows {
  add(halves: Uint16Array): void;
  read(row: number): Uint16Array;
  close(): void;
}

/**
 * The activations of all images of a run, read from the store once: into memory where they fit, else into a temporary file that
 * the system's own cache serves. The file has no name any more once it is open, so that nothing stays behind a killed process.
 *
 * @throws AppError `FEATURES_ORDER` when the shards are not of these images
 */
export async function openActivations(
  { store, manifest, activations: addresses, config: { runId } }: ExperimentInputs,
  limitBytes: number,
): Promise<OpenActivations> {
  const imageIds: string[] = [];
  let opened: { rows: Rows; shape: number[]; variants: Examples["variants"]; rowLength: number } | undefined;
  for (const address of addresses) {
    const shard = readActivations(present(await store.get(address), address, runId).bytes, address);
    const rowLength = shard.shape.reduce((product, side) => product * side, 1);
    const totalBytes = manifest.length * shard.variants.length * rowLength * Uint16Array.BYTES_PER_ELEMENT;
    opened ??= {
      rows: totalBytes <= limitBytes ? rowsInMemory(rowLength) : rowsInFile(rowLength),
      shape: shard.shape,
      variants: shard.variants,
      rowLength,
    };
    opened.rows.add(shard.halves);
    imageIds.push(...shard.imageIds);
  }
  if (
    !opened ||
    imageIds.length !== manifest.length ||
    imageIds.some((imageId, index) => imageId !== manifest[index]?.imageId)
  ) {
    opened?.rows.close();
    throw new AppError({
      code: "FEATURES_ORDER",
      message: `The activations of ${runId} are not those of its manifest: \`mammoflow resume ${runId}\` takes them again.`,
    });
  }
  const { rows, shape, variants } = opened;
  return {
    examples: {
      shape,
      imageIds,
      variants,
      read: (image, variant, target) =>
        decodeFloat16(rows.read(image * variants.length + variants.indexOf(variant)), target),
    },
    close: () => rows.close(),
  };
}

function rowsInMemory(rowLength: number): Rows {
  const shards: { first: number; halves: Uint16Array }[] = [];
  let count = 0;
  return {
    add(halves) {
      shards.push({ first: count, halves });
      count += halves.length / rowLength;
    },
    read(row) {
      const shard = shards.findLast(({ first }) => first <= row);
      const start = (row - (shard?.first ?? 0)) * rowLength;
      return shard?.halves.subarray(start, start + rowLength) ?? new Uint16Array(rowLength);
    },
    close: () => void shards.splice(0),
  };
}

function rowsInFile(rowLength: number): Rows {
  const folder = mkdtempSync(join(tmpdir(), "mammoflow-activations-"));
  const file = openSync(join(folder, "halves"), "w+");
  rmSync(folder, { recursive: true });
  const row = new Uint16Array(rowLength);
  const bytes = new Uint8Array(row.buffer);
  let written = 0;
  return {
    add(halves) {
      const all = new Uint8Array(halves.buffer, halves.byteOffset, halves.byteLength);
      for (let done = 0; done < all.length;) done += writeSync(file, all, done, all.length - done, written + done);
      written += all.length;
    },
    read(place) {
      readSync(file, bytes, 0, bytes.length, place * bytes.length);
      return row;
    },
    close: () => closeSync(file),
  };
}
