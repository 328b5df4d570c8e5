import { print } from "../terminal.ts";

/** What was looked at, how it is, and what to do. */
export interface Finding {
  part: string;
  /** `warning`: it works without, or not as well; `failed`: it does not. */
  state: "ok" | "warning" | "failed";
  detail: string;
  /** What to do about it. */
  advice?: string;
}

export const ok = (part: string, detail: string, advice?: string): Finding => findingOf("ok", part, detail, advice);
export const warning = (part: string, detail: string, advice: string): Finding =>
  findingOf("warning", part, detail, advice);
export const failed = (part: string, detail: string, advice: string): Finding =>
  findingOf("failed", part, detail, advice);

function findingOf(state: Finding["state"], part: string, detail: string, advice?: string): Finding {
  return { part, state, detail, ...(advice !== undefined && { advice }) };
}

const partWidth = 28;

export function printFindings(findings: Finding[]): void {
  for (const { part, state, detail, advice } of findings) {
    print(`${state.padEnd(7)}  ${part.padEnd(partWidth)} ${detail}`);
    if (advice !== undefined) print(`${" ".repeat(partWidth + 10)}-> ${advice}`);
  }
}
