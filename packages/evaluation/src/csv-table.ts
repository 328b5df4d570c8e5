export type CsvCell = string | number | null | undefined;

/** Records as CSV (RFC 4180) under a header; null, undefined and what a record lacks are empty cells. */
export function csvTable(columns: readonly string[], records: readonly Readonly<Record<string, CsvCell>>[]): string {
  const lines = [columns, ...records.map((record) => columns.map((column) => record[column]))];
  return lines.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(value: CsvCell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  // A text that a spreadsheet would run as a formula is marked as text.
  const text = /^'*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
