import { extname } from "node:path";
import { normalize } from "node:path/posix";
import { messageOf } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import type { Note } from "./issues.ts";

const dicomExtensions = [".dicom", ".dcm"];

/** Notes the files of the data set that look like the listed ones by their extension, or like DICOM, and are not listed. */
export async function findUnlistedFiles(store: ObjectStore, sources: string[], note: Note): Promise<void> {
  const listed = new Set(sources.map((source) => normalize(source)));
  const extensions = new Set([...dicomExtensions, ...sources.map(extensionOf)]);
  try {
    for await (const name of store.list(""))
      if (extensions.has(extensionOf(name)) && !listed.has(name)) note("FILE_UNLISTED", { example: name });
  } catch (error) {
    note("FOLDER_UNREADABLE", { example: messageOf(error) });
  }
}

function extensionOf(name: string): string {
  return extname(name).toLowerCase();
}
