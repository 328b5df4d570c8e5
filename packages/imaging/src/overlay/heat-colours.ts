import type { Colour } from "../draw/canvas.ts";

/**
 * From black over orange to pale yellow. Lightness only rises, so that it reads in grey and on paper too, and every hue
 * lies on the side of yellow, which all common kinds of colour blindness tell from the grey of an image.
 */
const stops: readonly Colour[] = [
  [20, 8, 0],
  [92, 30, 0],
  [168, 62, 0],
  [226, 104, 8],
  [255, 159, 46],
  [255, 207, 112],
  [255, 243, 204],
];

/** How much of the colour covers the image at the largest heat: tissue must stay visible beneath. */
const mostCover = 0.72;
/** Below this share of the largest heat the image is left as it is. */
const fromShare = 0.1;

/** The colour of a share of the largest heat, 0..1, between two stops. */
export function heatColour(share: number): Colour {
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const below = Math.min(Math.floor(place), stops.length - 2);
  const mix = (channel: 0 | 1 | 2): number => {
    const [from, to] = [stops[below]?.[channel] ?? 0, stops[below + 1]?.[channel] ?? 0];
    return Math.round(from + (place - below) * (to - from));
  };
  return [mix(0), mix(1), mix(2)];
}

/** A grey level, 0..255, with that heat on it. */
export function heatOnGrey(level: number, share: number): Colour {
  const cover = mostCover * Math.min(1, Math.max(0, (share - fromShare) / (1 - fromShare)));
  const [red, green, blue] = heatColour(share);
  const over = (colour: number): number => Math.round(level + cover * (colour - level));
  return [over(red), over(green), over(blue)];
}
