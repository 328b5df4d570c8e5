import { readdir, realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import { isBucketAddress } from "@mammoflow/storage";
import { AppError } from "@mammoflow/runtime";

/** The folders and buckets under which data sets may be read, as the setting has them: parted by commas. */
export function parseRoots(setting: string | undefined): string[] {
  return (setting ?? "").split(",").flatMap((root) => root.trim().replace(/(?<=.)\/+$/, "") || []);
}

/** So many folders of a root are offered; any other may be typed. */
const mostOffered = 200;

/** What lies directly under the roots: folders that may be data sets. Of buckets only the root itself is known. */
export async function listFolders(roots: string[]): Promise<string[]> {
  const found = await Promise.all(
    roots.map(async (root) => {
      if (isBucketAddress(root)) return [root];
      const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
      const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
      return [
        root,
        ...folders
          .map(({ name }) => join(root, name))
          .toSorted()
          .slice(0, mostOffered),
      ];
    }),
  );
  return found.flat();
}

/**
 * The address itself, links resolved, if it lies under a root.
 *
 * @throws AppError `DATA_OUTSIDE`
 */
export async function withinRoots(address: string, roots: string[]): Promise<string> {
  for (const root of roots) {
    if (isBucketAddress(root)) {
      const isUnder = address === root || address.startsWith(`${root}/`);
      if (
        isUnder &&
        !address
          .slice("gs://".length)
          .split("/")
          .some((part) => ["", ".", ".."].includes(part))
      )
        return address;
      continue;
    }
    if (!address.startsWith("/")) continue;
    const [real, realRoot] = await Promise.all([resolved(address), resolved(root)]);
    if (real !== undefined && realRoot !== undefined && !/^\.\.(\/|$)/.test(relative(realRoot, real))) return real;
  }
  throw new AppError({
    code: "DATA_OUTSIDE",
    message: `No data set ${address} lies under ${roots.join(" or ")}: choose one there, or add its folder to MAMMOFLOW_DATA_ROOTS.`,
  });
}

async function resolved(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}
