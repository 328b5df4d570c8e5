import { deidentifyDicom, DicomError, identifyingAttributes } from "@mammoflow/dicom";
import { maskOutsideBreast } from "@mammoflow/imaging";
import { AppError, loadSettings, serveRequests } from "@mammoflow/runtime";
import { addressWithin, crc32c, type ObjectStore, openStore } from "@mammoflow/storage";
import { createFileReader, type FileReader } from "./file-reader.ts";

/** Size and CRC-32C of a file or object. */
export interface Content {
  sizeBytes: number;
  crc32c: string;
}

export interface UploadRequest {
  /** Where the data set lies, and the file's name in it and in the bucket. */
  root: string;
  name: string;
  out: string;
  /** Absent: the file goes as it is. */
  key?: Uint8Array | undefined;
  /** What the bucket has under the name. */
  there?: Content | undefined;
  /** The source that this was made of by an earlier upload in the same way. */
  madeOf?: Content | undefined;
}

export interface UploadedFile {
  /** `before`: it was there; nothing was sent. */
  done: "now" | "before";
  source: Content;
  content: Content;
  /** What is left in the header of a file that goes as it is, by PS3.6's keywords. */
  identifying: string[];
}

let reader: FileReader | undefined;
let out: ObjectStore | undefined;

serveRequests(async (request: UploadRequest): Promise<UploadedFile> => {
  const { root, name, there, madeOf } = request;
  reader ??= createFileReader();
  out ??= openStore(request.out, loadSettings().gcsEndpoint);
  const bytes = await reader.read(addressWithin(root, name));
  const source = contentOf(bytes);
  if (there && madeOf && isSame(source, madeOf)) return { done: "before", source, content: there, identifying: [] };
  const { sent, identifying } = await bytesToSend(bytes, request);
  const content = sent === bytes ? source : contentOf(sent);
  if (there && isSame(there, content)) return { done: "before", source, content, identifying };
  const outcome = await out.putOnce(name, sent, content.crc32c);
  return { done: outcome === "created" ? "now" : "before", source, content, identifying };
});

async function bytesToSend(
  bytes: Buffer,
  { name, key }: UploadRequest,
): Promise<{ sent: Uint8Array; identifying: string[] }> {
  try {
    if (key === undefined) return { sent: bytes, identifying: identifyingAttributes(bytes, name) };
    return { sent: (await deidentifyDicom(bytes, name, { key, maskFrame: maskOutsideBreast })).bytes, identifying: [] };
  } catch (error) {
    if (!(error instanceof DicomError)) throw error;
    if (key === undefined) return { sent: bytes, identifying: ["not readable as DICOM"] };
    if (error.code !== "DICOM_NOT_DICOM") throw error;
    throw new AppError({
      code: "NOT_DEIDENTIFIED",
      message: `${name} is no DICOM file, so nothing can be said of whom it names: upload it with --keep-headers if it names nobody.`,
      cause: error,
    });
  }
}

function contentOf(bytes: Uint8Array): Content {
  return { sizeBytes: bytes.byteLength, crc32c: crc32c(bytes) };
}

function isSame(a: Content, b: Content): boolean {
  return a.sizeBytes === b.sizeBytes && a.crc32c === b.crc32c;
}
