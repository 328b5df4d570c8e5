/**
 * The windows of PyTorch's adaptive pooling along one side: part i of n takes floor(i x length / n) to ceil((i + 1) x length / n),
 * so that they overlap where the length is no multiple of n, and repeat where it is shorter.
 *
 * @returns n windows of whole elements, `end` exclusive
 */
export function poolingWindows(length: number, n: number): { start: number; end: number }[] {
  return Array.from({ length: n }, (_, index) => ({
    start: Math.floor((index * length) / n),
    end: Math.ceil(((index + 1) * length) / n),
  }));
}
