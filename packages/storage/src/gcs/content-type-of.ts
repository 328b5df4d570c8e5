/** By the extension; DICOM files of data sets come with `.dcm` or `.dicom`. */
export function contentTypeOf(name: string): string {
  return types[name.slice(name.lastIndexOf(".") + 1).toLowerCase()] ?? "application/octet-stream";
}

const types: Record<string, string> = {
  png: "image/png",
  json: "application/json",
  html: "text/html; charset=utf-8",
  csv: "text/csv",
  yaml: "application/yaml",
  md: "text/markdown",
  jsonl: "application/jsonl",
  dcm: "application/dicom",
  dicom: "application/dicom",
};
