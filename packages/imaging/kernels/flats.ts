// Long runs of one value, which most of a mammogram's background is: noted when a frame is counted, so that later passes need
// not look at them again. Places count values from the frame's first one, row by row.

import { FLATS, MOST_FLATS } from "./memory";

/** Runs shorter than this are not worth noting. */
export const SHORTEST_FLAT: usize = 256;

let flats: i32 = 0;
/** The first run that does not end before the place that was asked for last. */
let next: i32 = 0;

export function clearFlats(): void {
  flats = 0;
  next = 0;
}

/** In ascending order; runs beyond the room for them are forgotten. */
export function noteFlat(start: u32, end: u32): void {
  if (flats >= MOST_FLATS) return;
  const note = FLATS + ((<usize>flats) << 3);
  store<u32>(note, start);
  store<u32>(note, end, 4);
  flats++;
}

/** Finds the run at `place` or the next behind it; quick where places lie near the one asked for last. */
export function seekFlat(place: u32): void {
  while (next > 0 && load<u32>(FLATS + ((<usize>(next - 1)) << 3), 4) > place) next--;
  while (next < flats && load<u32>(FLATS + ((<usize>next) << 3), 4) <= place) next++;
}

/** Of the run found; 0xffffffff where there is none. */
export function flatStart(): u32 {
  return next < flats ? load<u32>(FLATS + ((<usize>next) << 3)) : 0xffffffff;
}

/** Behind the run found. */
export function flatEnd(): u32 {
  return load<u32>(FLATS + ((<usize>next) << 3), 4);
}
