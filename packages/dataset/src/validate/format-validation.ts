import type { ValidationIssue } from "./issues.ts";
import type { ValidationReport } from "./validate-dataset.ts";

/** @returns the findings for the terminal: errors, warnings, information, and a last line that says how it stands. */
export function formatValidation(report: ValidationReport): string {
  const { root, studies, images, errors, warnings, information } = report;
  return [
    ...errors.flatMap((issue) => issueLines("error", issue)),
    ...warnings.flatMap((issue) => issueLines("warning", issue)),
    ...information.flatMap((issue) => issueLines("info", issue)),
    `${root}: ${studies} studies, ${images} images, ${depthOf(report)}: ${verdictOf(report)}.`,
  ].join("\n");
}

function issueLines(level: string, { code, message, advice, count, by, examples }: ValidationIssue): string[] {
  const groups = by ? `: ${formatGroups(by)}` : "";
  return [
    `${level.padEnd(8)}${String(count).padStart(6)}  ${message}${groups} [${code}]`,
    ...(advice === undefined ? [] : [`${"".padEnd(16)}${advice}`]),
    ...examples.map((example) => `${"".padEnd(18)}${example}`),
  ];
}

/** `SIEMENS (76), Planmed (19)`. */
function formatGroups(by: Record<string, number>): string {
  return Object.entries(by)
    .map(([group, count]) => `${group} (${count})`)
    .join(", ");
}

export function depthOf({ pixels, bytesRead, sizeBytes }: ValidationReport): string {
  return `${pixels ? "headers and pixels" : "headers"} checked (${formatBytes(bytesRead)} read of ${formatBytes(sizeBytes)})`;
}

export function verdictOf({ errors, warnings }: ValidationReport): string {
  if (errors.length > 0) return "not fit for a run: see the errors";
  return warnings.length > 0 ? "no errors; look at the warnings" : "nothing to complain of";
}

export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(0)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(0)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
