import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError, type Settings } from "@mammoflow/runtime";

/** An address that workers will open, and what it is, for the message. */
export interface SharedAddress {
  what: string;
  address: string;
}

/** The folders that workers elsewhere see under the same path; undefined where workers see all that this process sees. */
export function sharedFolders({ sharedFolders: folders }: Pick<Settings, "sharedFolders">): string[] | undefined {
  return folders?.split(":").filter(Boolean);
}

/**
 * Refuses what the workers could not open, before anything is enqueued that would fail study by study. Buckets are open to all.
 *
 * @throws UsageError naming the address and where it may be
 */
export function requireShared(addresses: SharedAddress[], settings: Pick<Settings, "sharedFolders">): void {
  const folders = sharedFolders(settings);
  if (folders === undefined) return;
  for (const { what, address } of addresses) {
    if (/^gs:/i.test(address)) continue;
    const path = address.startsWith("file://") ? fileURLToPath(address) : resolve(address);
    if (folders.some((folder) => isWithin(folder, path))) continue;
    throw new UsageError(
      `The workers cannot reach ${what} ${address}: they see ${folders.join(" and ")} and buckets (gs://bucket/prefix) only. Name it under a path there; in Compose, DATASET_DIR in the file .env says which folder is ${folders[0]}.`,
    );
  }
}

function isWithin(folder: string, path: string): boolean {
  return !/^\.\.(\/|$)/.test(relative(folder, path));
}
