import type { Experiment } from "../run-summary.ts";
import { formatShare } from "../format.ts";
import { markup, type Content, type Markup } from "../markup.ts";
import { linePath, plot, roundAxis, type Axis, type Frame } from "./axes.ts";

interface Series {
  title: string;
  style: "curve" | "curve second";
  /** [epoch, value] */
  points: [number, number][];
}

/** Training and validation loss per epoch; null where no epoch was recorded. */
export function lossPlot(experiment: Experiment): Markup | null {
  return epochPlot(experiment, "Loss", [
    { title: "training", style: "curve second", points: experiment.epochs.map((row) => [row.epoch, row.trainLoss]) },
    { title: "validation", style: "curve", points: valuesOf(experiment, "validationLoss") },
  ]);
}

/** AUC on the validation rows per epoch; null where it was not measured. */
export function validationAucPlot(experiment: Experiment): Markup | null {
  return epochPlot(experiment, "Validation AUC", [
    { title: "validation", style: "curve", points: valuesOf(experiment, "validationAuc") },
  ]);
}

function valuesOf(experiment: Experiment, column: "validationLoss" | "validationAuc"): [number, number][] {
  return experiment.epochs.flatMap((row): [number, number][] => {
    const value = row[column];
    return value === null ? [] : [[row.epoch, value]];
  });
}

function epochPlot(experiment: Experiment, label: string, series: Series[]): Markup | null {
  const drawn = series.filter(({ points }) => points.length > 0);
  if (drawn.length === 0) return null;
  const epochs = experiment.epochs.map((row) => row.epoch);
  const axes = {
    x: epochAxis(epochs),
    y: roundAxis(
      label,
      drawn.flatMap(({ points }) => points.map(([, value]) => value)),
    ),
    description: `${label} over ${epochs.length} epochs; ${drawn.map(({ title, points }) => `${title} ends at ${formatShare(points.at(-1)?.[1] ?? null)}`).join(", ")}`,
  };
  return plot(axes, (frame) => [
    experiment.chosenEpoch === undefined ? null : chosenMark(frame, axes.y, experiment.chosenEpoch),
    drawn.map(({ style, points }) => seriesMarks(frame, style, points)),
  ]);
}

function seriesMarks({ x, y }: Frame, style: string, points: [number, number][]): Content {
  const places = points.map(([epoch, value]): [number, number] => [x(epoch), y(value)]);
  return markup`<path class="${style}" d="${linePath(places)}"/>${places.map(([cx, cy]) => markup`<circle class="${style} dot" cx="${cx}" cy="${cy}" r="2.5"/>`)}`;
}

function chosenMark({ x, y }: Frame, axis: Axis, epoch: number): Markup {
  return markup`<path class="chosen" d="M${x(epoch)} ${y(axis.min)}L${x(epoch)} ${y(axis.max)}"><title>Epoch ${epoch} was evaluated</title></path>`;
}

/** Whole epochs, at most about eight labels. */
function epochAxis(epochs: readonly number[]): Axis {
  const last = Math.max(...epochs);
  const step = Math.max(1, Math.ceil(last / 8));
  const ticks = Array.from({ length: last }, (_, index) => index + 1).filter((epoch) => (epoch - 1) % step === 0);
  return { label: "Epoch", min: last > 1 ? 1 : 0, max: Math.max(last, 2), ticks, format: String };
}
