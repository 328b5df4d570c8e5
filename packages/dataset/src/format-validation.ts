import type { ValidationIssue, ValidationReport } from "./validate-dataset.ts";

/** @returns the findings for the terminal: errors, warnings, and a last line that says how it stands. */
export function formatValidation({ root, studies, images, pixels, errors, warnings }: ValidationReport): string {
  const lines = (level: string, issues: ValidationIssue[]): string[] =>
    issues.flatMap(({ code, message, count, examples }) => [
      `${level}  ${code}: ${count} ${message}`,
      ...examples.map((example) => `           ${example}`),
    ]);
  const verdict =
    errors.length > 0
      ? "a run would fail on the errors above"
      : warnings.length > 0
        ? "no errors; look at the warnings above"
        : "nothing to complain of";
  return [
    ...lines("error  ", errors),
    ...lines("warning", warnings),
    `${root}: ${studies} studies, ${images} images, ${pixels ? "headers and pixels" : "headers"} checked: ${verdict}.`,
  ].join("\n");
}
