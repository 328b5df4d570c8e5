import type { ObjectStore } from "@mammoflow/storage";

/** The file of a case's full mammogram, relative to the data set's root, and among how many it was chosen. */
export interface CaseFile {
  source: string;
  candidates: number;
}

/** The case's folder, in the data set's or up to two below it, as in `manifest-.../CBIS-DDSM/<case>`; then a picture in it. */
const picture =
  /^((?:[^/]+\/){0,2}?)((?:Mass|Calc)-(?:Training|Test)_P_\d+_[^/]*)\/((?:.*\/)?[^/.][^/]*\.(?:dcm|dicom|png|jpe?g|tiff?|pgm))$/i;

/**
 * Where each case lies. Beneath the case folder downloads differ (UIDs, or dates and numbers; `000000.dcm`, or `1-1.dcm`), so
 * whatever file is there is taken.
 *
 * @returns for each case's name a function that finds its file: the one that the table names where it exists, else a full
 * mammogram by its folder's name, else the first
 */
export async function findCases(store: ObjectStore): Promise<Map<string, (listed: string) => CaseFile | undefined>> {
  const cases = new Map<string, { folder: string; files: string[] }>();
  for await (const path of store.list("")) {
    const [, above = "", name, file] = picture.exec(path) ?? [];
    if (name === undefined || file === undefined) continue;
    const known = cases.get(name) ?? { folder: `${above}${name}/`, files: [] };
    cases.set(name, known);
    if (known.folder === `${above}${name}/`) known.files.push(file);
  }
  return new Map(
    [...cases].map(([name, { folder, files }]) => [
      name,
      (listed) => fileOf(folder, files, listed.slice(name.length + 1)),
    ]),
  );
}

function fileOf(folder: string, files: string[], listed: string): CaseFile | undefined {
  const chosen =
    files.find((file) => file === listed) ?? files.find((file) => /full mammogram/i.test(file)) ?? files[0];
  return chosen === undefined ? undefined : { source: folder + chosen, candidates: files.length };
}
