/** What an adapter is: the knowledge of one data set's tables and folders, and nothing that all data sets have in common. */
import type { ColumnRoles } from "./adapters/column-roles.ts";
import type { DatasetFiles } from "./dataset-files.ts";
import type { OwnLabels, Split, StudyImage } from "./dataset.ts";

/** How a data set is read. Everything has a default, and what does not fit the data set is refused. */
export interface DatasetOptions {
  /** Name of an adapter; absent: the one that knows the folder's files. */
  dataset?: string;
  /** As in `BiradsRule`: 3, none and images where absent. The first two only where BI-RADS decide. */
  malignantFrom?: 3 | 4;
  excludeBirads?: number[];
  rows?: "images" | "findings";
  /** Only for a data set without a split of its own; 1 and 0.2 where absent. */
  splitSeed?: number;
  testShare?: number;
  /** All of it is for the test, whatever split it has: nothing is learnt from it. */
  testOnly?: boolean;
  /** What the columns of a table of any form mean; only for `generic`. */
  columns?: ColumnRoles;
  /** Base URL of a Google Cloud Storage emulator, for data sets in buckets. */
  gcsEndpoint?: string | undefined;
}

/** An image as a table lists it, before labels and splits are settled. */
export interface ListedImage extends Omit<StudyImage, "label" | "rows"> {
  /** Where it is listed, `FILE, line N`, for messages. */
  place: string;
  studyId: string;
  patientId?: string;
  /** null where the data set has no split. */
  split: Split | null;
  /** The data set's own label, where it has labels. */
  ownLabel?: 0 | 1;
}

/** Everything that a data set's tables say. */
export interface Listing {
  /** Names of the files that it was read from, those with the images first; images' names are relative to the same folder. */
  tables: string[];
  /** In the tables' order, each image once unless the tables contradict themselves. */
  images: ListedImage[];
  /** Absent where BI-RADS decide. */
  ownLabels?: Omit<OwnLabels, "rows">;
  warnings: string[];
}

export interface DatasetAdapter {
  /** What `--dataset` takes. */
  name: string;
  title: string;
  /** The files by which it is known, for the message that no data set was recognised. */
  sign: string;
  /** Whether files and headers look like this data set. */
  detect(files: DatasetFiles): Promise<boolean>;
  /** @throws DatasetError naming file and line: a missing file or column, an unknown value. */
  list(files: DatasetFiles, options: DatasetOptions): Promise<Listing>;
}
