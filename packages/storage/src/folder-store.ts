import { createHash, randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { codeOf, lockFile, messageOf } from "@mammoflow/runtime";
import { compareNames } from "./compare-names.ts";
import { changedError, checkName, checkPrefix, conflictError, StorageError, type ObjectStore } from "./object-store.ts";

/** Temporary files and locks carry this prefix; objects may not, and `list` leaves them out. */
const hidden = ".mammoflow-";

/**
 * Objects as files below a folder.
 *
 * A file is written beside its place, flushed, and put there by `link` (which fails if the name exists) or, under a lock,
 * by `rename`: readers see the old bytes or the new, never a part.
 */
export function createFolderStore(folder: string): ObjectStore {
  const address = resolve(folder);
  const pathOf = (name: string): string => {
    if (
      checkName(name)
        .split("/")
        .some((part) => part.startsWith(hidden))
    )
      throw new StorageError({
        code: "STORAGE_NAME",
        message: `Names that begin with ${hidden} are kept for the store itself.`,
      });
    return join(address, name);
  };

  const get: ObjectStore["get"] = (name) =>
    attempt(`read ${join(address, name)}`, async () => {
      const bytes = await readFile(pathOf(name)).catch(undefinedIfMissing);
      return bytes && { bytes, version: versionOf(bytes) };
    });

  return {
    address,
    putOnce: (name, bytes) =>
      attempt(`write ${join(address, name)}`, async () => {
        const path = pathOf(name);
        const isSame = async (): Promise<"same"> => {
          if (Buffer.compare(await readFile(path), bytes) === 0) return "same";
          throw conflictError(address, name);
        };
        if (await isFile(path)) return isSame();
        const temporary = await writeBeside(path, bytes);
        try {
          await link(temporary, path);
          return "created";
        } catch (error) {
          if (codeOf(error) === "EEXIST") return await isSame();
          throw error;
        } finally {
          await rm(temporary, { force: true });
          await syncFolder(dirname(path));
        }
      }),
    replace: (name, bytes, ifVersion) =>
      attempt(`write ${join(address, name)}`, async () => {
        const path = pathOf(name);
        const temporary = await writeBeside(path, bytes);
        try {
          const key = createHash("sha256").update(name).digest("hex").slice(0, 16);
          const unlock = await lockFile(join(dirname(path), `${hidden}lock-${key}`));
          try {
            const current = await get(name);
            if ((current?.version ?? null) !== ifVersion) throw changedError(address, name);
            await rename(temporary, path);
          } finally {
            await unlock();
          }
        } finally {
          await rm(temporary, { force: true });
        }
        await syncFolder(dirname(path));
        return versionOf(bytes);
      }),
    get,
    getRange: (name, start, length) =>
      attempt(`read ${join(address, name)}`, async () => {
        const file = await open(pathOf(name)).catch(undefinedIfMissing);
        if (file === undefined) return undefined;
        try {
          const found = await file.stat();
          if (!found.isFile()) return undefined;
          const wanted = Buffer.allocUnsafe(Math.max(0, Math.min(length, found.size - start)));
          const { bytesRead } = await file.read(wanted, 0, wanted.length, start);
          return { bytes: wanted.subarray(0, bytesRead), sizeBytes: found.size };
        } finally {
          await file.close();
        }
      }),
    exists: (name) => attempt(`read ${join(address, name)}`, () => isFile(pathOf(name))),
    async *list(prefix) {
      const last = checkPrefix(prefix).lastIndexOf("/");
      yield* walk(address, prefix.slice(0, Math.max(last, 0)), prefix);
    },
    async *entries(prefix) {
      for await (const name of this.list(prefix)) {
        // Gone since it was listed, or a link to nothing.
        const found = await stat(join(address, name)).catch(undefinedIfMissing);
        if (found?.isFile()) yield { name, sizeBytes: found.size };
      }
    },
    delete: (name) =>
      attempt(`remove ${join(address, name)}`, () => rm(pathOf(name), { force: true }).catch(undefinedIfMissing)),
    close: () => Promise.resolve(),
  };
}

/** Runs an action on the file system; what goes wrong becomes a StorageError that says what was tried. */
async function attempt<Result>(what: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (error) {
    throw error instanceof StorageError ? error : folderError(what, error);
  }
}

/** Writes and flushes a temporary file in the folder of `path`. */
async function writeBeside(path: string, bytes: Uint8Array): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `${hidden}${process.pid}-${randomBytes(6).toString("hex")}`);
  const file = await open(temporary, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

/** Makes the folder's own entries durable; without this a name could be gone after a power failure, its bytes kept. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, "r");
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}

async function* walk(root: string, folder: string, prefix: string): AsyncIterable<string> {
  const entries = (await readdir(join(root, folder), { withFileTypes: true }).catch(undefinedIfMissing)) ?? [];
  // A folder sorts as its name with the slash that follows it in the names of its objects.
  const named = entries
    .filter((entry) => !entry.name.startsWith(hidden))
    .map((entry) => ({
      isFolder: entry.isDirectory(),
      name: `${folder ? `${folder}/` : ""}${entry.name}${entry.isDirectory() ? "/" : ""}`,
    }))
    .toSorted((a, b) => compareNames(a.name, b.name));
  for (const { name, isFolder } of named) {
    if (!isFolder && name.startsWith(prefix)) yield name;
    if (isFolder && (name.startsWith(prefix) || prefix.startsWith(name))) yield* walk(root, name.slice(0, -1), prefix);
  }
}

function versionOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(undefinedIfMissing))?.isFile() ?? false;
}

/** No object has the name of a folder, or lies below another object. */
function undefinedIfMissing(error: unknown): undefined {
  if (["ENOENT", "ENOTDIR", "EISDIR", "ERR_FS_EISDIR"].includes(String(codeOf(error)))) return undefined;
  throw error;
}

function folderError(what: string, error: unknown): StorageError {
  const code = codeOf(error);
  const advice =
    code === "EACCES" || code === "EPERM" || code === "EROFS"
      ? "choose a folder that you may write to"
      : code === "ENOSPC"
        ? "free some space, then run again: what was written is kept"
        : code === "ENOTDIR" || code === "EEXIST" || code === "EISDIR"
          ? "a file stands where a folder is needed, or a folder where a file is: choose another name or folder"
          : "check the folder, then run again";
  return new StorageError({
    code: "STORAGE_FOLDER",
    message: `Could not ${what}: ${messageOf(error)}; ${advice}.`,
    retryable: ["ENOSPC", "EMFILE", "EIO", "EBUSY"].includes(String(code)),
    cause: error,
  });
}
