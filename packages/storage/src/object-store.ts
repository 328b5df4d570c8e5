import { AppError } from "@mammoflow/runtime";

/** The bytes of an object and the version to hand to `replace`. */
export interface StoredObject {
  bytes: Buffer;
  version: string;
}

/** What a listing says of an object. */
export interface ObjectEntry {
  name: string;
  sizeBytes: number;
  /** Base64, where the store keeps it: folders do not. */
  crc32c?: string;
}

/** A part of an object. */
interface ObjectRange {
  /** Fewer than were asked for where the object ends. */
  bytes: Buffer;
  /** Of the whole object. */
  sizeBytes: number;
}

/**
 * Where a run's objects lie, or a data set's files. Names are relative, `/`-separated, without empty, `.` or `..` parts.
 *
 * Every method throws `StorageError`: `retryable` when the store did not answer, else with what to do.
 */
export interface ObjectStore {
  /** What a person types to name this store: a folder's absolute path, or `gs://bucket/prefix`. */
  readonly address: string;
  /**
   * Writes an object that never changes. Whole or not at all, durable when it returns.
   *
   * @param checksum the bytes' `crc32c`, where it is known: taking it costs more than sending them
   * @returns whether it was written now, or was there before with the same bytes
   * @throws StorageError `STORAGE_CONFLICT` when it is there with other bytes
   */
  putOnce(name: string, bytes: Uint8Array, checksum?: string): Promise<"created" | "same">;
  /**
   * Writes an object that may change, if nobody else changed it.
   *
   * @param ifVersion the version last read, or null when it must not exist yet
   * @returns the new version
   * @throws StorageError `STORAGE_CHANGED` when the version is another
   */
  replace(name: string, bytes: Uint8Array, ifVersion: string | null): Promise<string>;
  /** The object, or undefined when there is none. */
  get(name: string): Promise<StoredObject | undefined>;
  /** A part of the object, or undefined when there is none. Only whole objects are checked against their checksum. */
  getRange(name: string, start: number, length: number): Promise<ObjectRange | undefined>;
  exists(name: string): Promise<boolean>;
  /** Names that begin with `prefix`, in order of their code points (which is that of their UTF-8 bytes). */
  list(prefix: string): AsyncIterable<string>;
  /** The same with sizes. */
  entries(prefix: string): AsyncIterable<ObjectEntry>;
  /** Removes an object; a missing one is no error. */
  delete(name: string): Promise<void>;
  close(): Promise<void>;
}

export class StorageError extends AppError {}

/** @throws StorageError `STORAGE_NAME` when the name could leave the store or cannot be kept everywhere */
export function checkName(name: string): string {
  const parts = name.split("/");
  const isSafe =
    Buffer.byteLength(name) <= 1024 &&
    parts.every((part) => part !== "" && part !== "." && part !== ".." && Buffer.byteLength(part) <= 200) &&
    // eslint-disable-next-line no-control-regex
    !/[\u0000-\u001f\u007f\\]/.test(name);
  if (isSafe) return name;
  throw new StorageError({
    code: "STORAGE_NAME",
    message: `${JSON.stringify(name)} cannot name an object: use relative names whose parts have 1 to 200 bytes and no control characters.`,
  });
}

/**
 * A prefix is the beginning of a name, cut anywhere.
 *
 * @throws StorageError `STORAGE_NAME` when it could leave the store
 */
export function checkPrefix(prefix: string): string {
  const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf("/")));
  if (folder !== "") checkName(folder);
  else if (prefix.startsWith("/")) checkName(prefix);
  return prefix;
}

/** The error of a `putOnce` that found other bytes under the name. */
export function conflictError(address: string, name: string): StorageError {
  return new StorageError({
    code: "STORAGE_CONFLICT",
    message: `${address}/${name} exists with other content and is never overwritten: remove it if it does not belong there, then run again.`,
  });
}

/** The error of a `replace` that somebody else was faster than. */
export function changedError(address: string, name: string): StorageError {
  return new StorageError({
    code: "STORAGE_CHANGED",
    message: `${address}/${name} was changed by somebody else meanwhile: read it again and repeat.`,
    retryable: true,
  });
}
