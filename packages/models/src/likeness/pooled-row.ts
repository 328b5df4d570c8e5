/**
 * What activations are like whatever their size: each channel's mean over its positions.
 *
 * @param activations [height, width, channel] of one image
 * @returns [channel]
 */
export function pooledRow(activations: Float32Array, channels: number): Float32Array {
  const sums = new Float64Array(channels);
  for (const [at, value] of activations.entries()) sums[at % channels] = (sums[at % channels] ?? 0) + value;
  return Float32Array.from(sums, (sum) => (sum * channels) / activations.length);
}
