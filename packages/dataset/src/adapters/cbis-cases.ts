import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** The file of a case's full mammogram, relative to the data set's root, and among how many it was chosen. */
export interface CaseFile {
  source: string;
  candidates: number;
}

/**
 * Where each case lies: in the data set's folder or up to two below it, as in `manifest-.../CBIS-DDSM/<case>`. Beneath the case
 * folder downloads differ (UIDs, or dates and numbers; `000000.dcm`, or `1-1.dcm`), so whatever file is there is taken.
 *
 * @returns for each case's name a function that finds its file: the one that the table names where it exists, else a full
 * mammogram by its folder's name, else the first; undefined where the folder holds none
 */
export async function findCases(root: string): Promise<Map<string, (listed: string) => Promise<CaseFile | undefined>>> {
  const folders = new Map<string, string>();
  let level = [root];
  for (let depth = 0; depth <= 2; depth++) {
    const below: string[] = [];
    for (const folder of level) {
      for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
        const path = join(folder, entry.name);
        if (/^(Mass|Calc)-(Training|Test)_P_\d+_/.test(entry.name)) {
          if (!folders.has(entry.name)) folders.set(entry.name, path);
        } else if (entry.isDirectory()) below.push(path);
      }
    }
    level = below;
  }
  return new Map(
    [...folders].map(([name, folder]) => [
      name,
      (listed: string) => fileOf(root, folder, listed.slice(name.length + 1)),
    ]),
  );
}

async function fileOf(root: string, folder: string, listed: string): Promise<CaseFile | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .filter((entry) => /\.(dcm|dicom|png|jpe?g|tiff?|pgm)$/i.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .toSorted();
  const chosen =
    files.find((file) => file === listed) ?? files.find((file) => /full mammogram/i.test(file)) ?? files[0];
  if (chosen === undefined) return undefined;
  return { source: relative(root, join(folder, chosen)).split(sep).join("/"), candidates: files.length };
}
