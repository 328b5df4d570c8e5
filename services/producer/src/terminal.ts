/** Results go to standard output, all else to standard error, so that output can be piped. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 1)}\n`);
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export interface ProgressLines {
  show(lines: string[]): void;
  /** Leaves the last lines standing. */
  end(): void;
}

/**
 * Lines that are drawn over on a terminal. Elsewhere (a log file) they are printed when they changed, at most every
 * `quietMs`, and once more at the end.
 */
export function createProgressLines(quietMs = 5000): ProgressLines {
  const { stderr } = process;
  let drawn = 0;
  let last: string[] = [];
  let printed = "";
  let printedAt = 0;
  const print = (): void => {
    if (last.join("\n") !== printed) stderr.write(`${last.join("\n")}\n`);
    printed = last.join("\n");
    printedAt = Date.now();
  };
  return {
    show(lines) {
      last = lines;
      if (!stderr.isTTY) {
        if (Date.now() - printedAt >= quietMs) print();
        return;
      }
      const width = Math.max(20, (stderr.columns || 100) - 1);
      stderr.write(
        (drawn > 0 ? `\u001b[${drawn}A` : "") +
          lines.map((line) => `\u001b[2K${line.slice(0, width)}\n`).join("") +
          "\u001b[J",
      );
      drawn = lines.length;
    },
    end() {
      if (!stderr.isTTY) print();
      drawn = 0;
    },
  };
}

/** `75 s`, `12 min`, `3.4 h`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** What is done in a second, or in a minute where that is less than one. */
export function formatRate(perSecond: number): string {
  const [rate, unit] = perSecond < 1 ? [60 * perSecond, "min"] : [perSecond, "s"];
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/${unit}`;
}

/** A bar of `width` characters; parts are shares of 1. */
export function formatBar(done: number, failed: number, width = 24): string {
  const doneCells = Math.round(done * width);
  const failedCells = Math.min(width - doneCells, Math.ceil(failed * width));
  return `${"█".repeat(doneCells)}${"▒".repeat(failedCells)}${"·".repeat(width - doneCells - failedCells)}`;
}
