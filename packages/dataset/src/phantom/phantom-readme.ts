import type { ObjectStore } from "@mammoflow/storage";

const mark = "Synthetic mammography phantoms";

/** `README.txt` of a phantom data set: for people, and the mark by which reports know that their numbers mean nothing. */
export const phantomReadme = `${mark} in the layout of VinDr-Mammo.

Drawn by mammoflow from random numbers: no patient, no measurement, no part of VinDr-Mammo is in these files.
They try software. They say nothing about how a model would do on mammograms.
`;

export const phantomMarkFile = "README.txt";

/** Whether the data set was drawn by `writePhantomDataset`. */
export async function isPhantom(store: ObjectStore): Promise<boolean> {
  const start = await store.getRange(phantomMarkFile, 0, mark.length);
  return start?.bytes.toString() === mark;
}
