/**
 * A map at the size of its image, between the centres of its cells linear, as PyTorch's `interpolate` with `align_corners=False`.
 *
 * @param map `[side, side]`
 * @returns `[size, size]`
 */
export function enlargeMap(map: Float32Array, side: number, sizePx: number): Float32Array {
  const along = places(side, sizePx);
  const enlarged = new Float32Array(sizePx * sizePx);
  let at = 0;
  for (const { below: top, above: bottom, share: downShare } of along)
    for (const { below: left, above: right, share } of along) {
      const upper = mix(map[top * side + left], map[top * side + right], share);
      const lower = mix(map[bottom * side + left], map[bottom * side + right], share);
      enlarged[at++] = mix(upper, lower, downShare);
    }
  return enlarged;
}

const mix = (from = 0, to = 0, share: number): number => from + share * (to - from);

/** Between which two cells each pixel lies, and how far towards the second. */
function places(cells: number, sizePx: number): { below: number; above: number; share: number }[] {
  return Array.from({ length: sizePx }, (_, pixel) => {
    const place = Math.max(0, ((pixel + 0.5) * cells) / sizePx - 0.5);
    const below = Math.floor(place);
    return { below, above: Math.min(below + 1, cells - 1), share: place - below };
  });
}
