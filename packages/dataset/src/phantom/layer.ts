/** A sheet of brightness that is added to the tissue: vessels, lymph nodes and lesions are drawn on it. */
import { at } from "./texture.ts";

export interface Layer {
  /** `[height, width]`, share of full brightness. */
  values: Float32Array;
  width: number;
  height: number;
  /** Size of a step of the grid. */
  stepMm: number;
}

export interface PointMm {
  xMm: number;
  yMm: number;
}

export function createLayer(width: number, height: number, stepMm: number): Layer {
  return { values: new Float32Array(width * height), width, height, stepMm };
}

/**
 * Adds a patch of brightness around a centre.
 *
 * @param reachMm nothing is drawn farther than this from the centre.
 * @param brightnessAt of an offset from the centre in mm.
 */
export function addPatch(
  layer: Layer,
  centre: PointMm,
  reachMm: number,
  brightnessAt: (dxMm: number, dyMm: number) => number,
): void {
  forEachNear(layer, centre, reachMm, (index, dx, dy) => {
    layer.values[index] = at(layer.values, index) + brightnessAt(dx, dy);
  });
}

/**
 * Draws a line of soft dots, each lifting the layer to its own brightness (so that crossings are no brighter).
 *
 * @param dots with the radius at which the brightness has fallen to 60 %. A radius below half a step of the grid is
 * drawn as half a step, dimmed for its size, but by no more than to 60 %.
 */
export function drawStroke(layer: Layer, dots: (PointMm & { radiusMm: number; brightness: number })[]): void {
  for (const { radiusMm, brightness, ...centre } of dots) {
    const drawnMm = Math.max(radiusMm, layer.stepMm * 0.5);
    const peak = brightness * Math.max(radiusMm / drawnMm, 0.6);
    const falloff = -0.5 / (drawnMm * drawnMm);
    forEachNear(layer, centre, drawnMm * 3, (index, dx, dy) => {
      const value = peak * Math.exp((dx * dx + dy * dy) * falloff);
      if (value > at(layer.values, index)) layer.values[index] = value;
    });
  }
}

function forEachNear(
  { width, height, stepMm }: Layer,
  { xMm, yMm }: PointMm,
  reachMm: number,
  visit: (index: number, dxMm: number, dyMm: number) => void,
): void {
  const left = Math.max(Math.ceil((xMm - reachMm) / stepMm), 0);
  const right = Math.min(Math.floor((xMm + reachMm) / stepMm), width - 1);
  const top = Math.max(Math.ceil((yMm - reachMm) / stepMm), 0);
  const bottom = Math.min(Math.floor((yMm + reachMm) / stepMm), height - 1);
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      visit(row * width + column, column * stepMm - xMm, row * stepMm - yMm);
    }
  }
}
