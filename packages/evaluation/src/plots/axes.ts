import { markup, type Content, type Markup } from "../markup.ts";

export interface Axis {
  label: string;
  min: number;
  max: number;
  ticks: number[];
  format: (value: number) => string;
}

/** A plot's coordinate system: from values to positions in the drawing. */
export interface Frame {
  x: (value: number) => number;
  y: (value: number) => number;
}

const size = { width: 320, height: 264 };
const inset = { left: 54, right: 14, top: 12, bottom: 42 };

export const shareAxis = (label: string): Axis => ({
  label,
  min: 0,
  max: 1,
  ticks: [0, 0.25, 0.5, 0.75, 1],
  format: (value) => value.toString(),
});

/** An axis over the values, ending on round numbers, with about four steps. */
export function roundAxis(label: string, values: readonly number[]): Axis {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const span = high > low ? high - low : Math.abs(high) || 1;
  const magnitude = 10 ** Math.floor(Math.log10(span / 4));
  const step = magnitude * ([1, 2, 5].find((factor) => factor * magnitude * 4 >= span) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
  return { label, min: first * step, max: last * step, ticks, format: (value) => value.toFixed(digits) };
}

/** A drawing with two axes, a quiet grid, and what `draw` puts into it; `description` is what a screen reader says. */
export function plot(axes: { x: Axis; y: Axis; description: string }, draw: (frame: Frame) => Content): Markup {
  const right = size.width - inset.right;
  const bottom = size.height - inset.bottom;
  const frame: Frame = {
    x: (value) => round(inset.left + ((value - axes.x.min) / (axes.x.max - axes.x.min)) * (right - inset.left)),
    y: (value) => round(bottom - ((value - axes.y.min) / (axes.y.max - axes.y.min)) * (bottom - inset.top)),
  };
  const middle = { x: (inset.left + right) / 2, y: (inset.top + bottom) / 2 };
  return markup`<svg class="plot" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${axes.description}">
${axes.y.ticks.map((tick) => markup`<line class="grid" x1="${inset.left}" x2="${right}" y1="${frame.y(tick)}" y2="${frame.y(tick)}"/><text class="tick" x="${inset.left - 7}" y="${frame.y(tick) + 4}" text-anchor="end">${axes.y.format(tick)}</text>`)}
${axes.x.ticks.map((tick) => markup`<text class="tick" x="${frame.x(tick)}" y="${bottom + 16}" text-anchor="middle">${axes.x.format(tick)}</text>`)}
<line class="axis" x1="${inset.left}" x2="${right}" y1="${bottom}" y2="${bottom}"/>
<text class="axis-label" x="${middle.x}" y="${size.height - 8}" text-anchor="middle">${axes.x.label}</text>
<text class="axis-label" transform="translate(12 ${middle.y}) rotate(-90)" text-anchor="middle">${axes.y.label}</text>
${draw(frame)}</svg>`;
}

/** The `d` of a line through points, without repeating a position. */
export function linePath(points: readonly (readonly [number, number])[]): string {
  const kept = points.filter((point, index) => {
    const before = points[index - 1];
    return before === undefined || index === points.length - 1 || point[0] !== before[0] || point[1] !== before[1];
  });
  return kept.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x} ${y}`).join("");
}

const round = (position: number): number => Math.round(position * 10) / 10;
