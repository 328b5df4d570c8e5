import { readdir } from "node:fs/promises";
import { extname, join, normalize, relative, sep } from "node:path";
import { messageOf } from "@mammoflow/runtime";
import type { Note } from "./issues.ts";

const dicomExtensions = [".dicom", ".dcm"];

/** Notes the files below `root` that look like the listed ones by their extension, or like DICOM, and are not listed. */
export async function findUnlistedFiles(root: string, sources: string[], note: Note): Promise<void> {
  const listed = new Set(sources.map((source) => join(root, normalize(source))));
  const extensions = new Set([...dicomExtensions, ...sources.map(extensionOf)]);
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      note("FOLDER_UNREADABLE", { example: messageOf(error) });
      return [];
    });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (extensions.has(extensionOf(entry.name)) && !listed.has(path))
        note("FILE_UNLISTED", { example: relative(root, path).split(sep).join("/") });
    }
  }
}

function extensionOf(name: string): string {
  return extname(name).toLowerCase();
}
