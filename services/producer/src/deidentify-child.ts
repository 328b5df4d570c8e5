import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type AttributeCounts, type DeidentifiedDicom, deidentifyDicom } from "@mammoflow/dicom";
import { maskOutsideBreast } from "@mammoflow/imaging";
import { AppError, messageOf, serveRequests } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";

export interface DeidentifyRequest {
  path: string;
  out: string;
  gcsEndpoint: string | undefined;
  key: Uint8Array;
  decompress: boolean;
}

/** What may be told about a file that was written: no name and no value of the original is in it. */
export interface DeidentifiedFile extends Pick<DeidentifiedDicom, "pixels" | "changedPixels" | "datesMovedBy"> {
  output: string;
  outputSha256: string;
  sourceSha256: string;
  attributes: AttributeCounts;
}

serveRequests(async ({ path, out, gcsEndpoint, key, decompress }: DeidentifyRequest): Promise<DeidentifiedFile> => {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new AppError({
      code: "SOURCE_UNREADABLE",
      message: `${path} cannot be read: ${messageOf(error)}. Check the file's permissions.`,
      cause: error,
    });
  });
  const made = await deidentifyDicom(bytes, path, { key, maskFrame: maskOutsideBreast, decompress });
  // New UIDs alone: the original's name may be the patient's.
  const output = `${made.studyInstanceUid ?? "no-study"}/${made.sopInstanceUid}.dcm`;
  const store = openStore(out, gcsEndpoint);
  try {
    await store.putOnce(output, made.bytes);
  } finally {
    await store.close();
  }
  const { pixels, changedPixels, datesMovedBy, attributes } = made;
  return {
    output,
    outputSha256: sha256(made.bytes),
    sourceSha256: sha256(bytes),
    pixels,
    changedPixels,
    datesMovedBy,
    attributes,
  };
});

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
