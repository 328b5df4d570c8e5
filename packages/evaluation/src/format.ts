import type { Estimate } from "./metrics/binary-metrics.ts";

/** `0.281`; `-` where there is no value. */
export function formatShare(value: number | null, digits = 3): string {
  return value === null ? "-" : value.toFixed(digits).replace(/^-(0\.?0*)$/, "$1");
}

/** `0.255-0.309`, with the given dash; empty where there is no interval. */
export function formatInterval({ low, high }: Estimate, dash = "-"): string {
  return low === null || high === null ? "" : `${formatShare(low)}${dash}${formatShare(high)}`;
}

/** `0.281 (95 % interval 0.255 to 0.309)` for sentences. */
export function formatEstimate(estimate: Estimate): string {
  const interval = formatInterval(estimate, " to ");
  return (
    formatShare(estimate.value) + (interval === "" ? " (too few rows for an interval)" : ` (95 % interval ${interval})`)
  );
}

/** `9.6 %`; `-` of nothing. */
export function formatPercent(part: number, whole: number): string {
  return whole === 0 ? "-" : `${((100 * part) / whole).toFixed(1)} %`;
}

/** `16,000` */
export function formatCount(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `42 s`, `3 min 20 s`, `2 h 5 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

/** A p-value: `0.032`, `< 0.001`; `-` where there is none. */
export function formatChance(p: number | null): string {
  return p !== null && p < 0.001 ? "< 0.001" : formatShare(p);
}

/** Lines of at most `width` characters, broken between words. */
export function wrapText(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/ (?!%)/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
