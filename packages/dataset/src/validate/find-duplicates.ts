/** What a first look at a file gave: its size and the hash of its first 64 KiB. */
interface Beginning {
  sizeBytes: number;
  hash: string;
}

/** Hashes of some files, in their order; undefined for a file that cannot be read any more. */
type HashFiles<File> = (look: "blocks" | "whole", files: File[]) => Promise<(string | undefined)[]>;

/**
 * Finds the files that are equal byte for byte, and reads as little as that takes: only files of one size and one beginning
 * have two more blocks compared, and only those that are still equal are hashed whole.
 *
 * @returns groups of two and more, in the order of their first files
 */
export async function findDuplicates<File extends Beginning>(
  files: File[],
  hashFiles: HashFiles<File>,
): Promise<File[][]> {
  let groups = groupsBy(
    files,
    files.map(({ sizeBytes, hash }) => `${sizeBytes} ${hash}`),
  );
  for (const look of ["blocks", "whole"] as const) {
    const candidates = groups.flat();
    if (candidates.length === 0) return [];
    const hashes = await hashFiles(look, candidates);
    const groupOf = groups.flatMap((group, index) => group.map(() => index));
    groups = groupsBy(
      candidates,
      hashes.map((hash, index) => (hash === undefined ? undefined : `${groupOf[index]} ${hash}`)),
    );
  }
  return groups;
}

/** Groups of two and more that share a key; what has no key is in none. */
export function groupsBy<Item>(items: Item[], keys: (string | undefined)[]): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const [index, item] of items.entries()) {
    const key = keys[index];
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
