import type { RunState, StageName } from "@mammoflow/jobs";

/** What a stage does, and what it counts. */
export const stageWords: Record<StageName, { title: string; doing: string; one: string; many: string }> = {
  preprocess: { title: "Preprocess", doing: "Preparing images", one: "study", many: "studies" },
  extract: { title: "Extract features", doing: "Extracting features", one: "batch", many: "batches" },
  learn: {
    title: "Train and evaluate",
    doing: "Training and evaluating",
    one: "experiment",
    many: "experiments",
  },
};

export const stateWords: Record<RunState, string> = {
  running: "Running",
  done: "Done",
  stopped: "Stopped",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** `16,000` */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-GB");
}

/** `1 study`, `2,000 studies` */
export function formatCounted(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `8.2 s`, `42 s`, `3 min 20 s`, `2 h 5 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `a few seconds left`, `about 3 min 20 s left`: an estimate from the rate so far. */
export function formatLeft(seconds: number): string {
  return seconds < 10 ? "a few seconds left" : `about ${formatDuration(seconds)} left`;
}

/** `40 per second`, `3.4 per second`, `12 per minute`: whichever has a number that one can picture. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 10) return `${formatCount(perSecond)} per second`;
  if (perSecond >= 1) return `${perSecond.toFixed(1)} per second`;
  const perMinute = perSecond * 60;
  return perMinute >= 1
    ? `${perMinute.toFixed(perMinute < 10 ? 1 : 0)} per minute`
    : `${(perMinute * 60).toFixed(1)} per hour`;
}

/** `2026-01-31 14:05 UTC`; the page's script shows it in the reader's own time zone. */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** A metric between -1 and 1: `0.812`, `-` where it is undefined. */
export function formatShare(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}
