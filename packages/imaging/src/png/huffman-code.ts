/** Deflate's codes have at most 15 bits, RFC 1951 section 3.2.7. */
const longestCode = 15;

/**
 * Lengths of a prefix code for symbols that occur `counts` times, two symbols at least: D. Huffman's, 1952. Where it is
 * deeper than deflate allows, that of flatter counts.
 *
 * @returns a length for each symbol, 0 where it does not occur
 */
export function codeLengths(counts: Uint32Array): Uint8Array {
  const leaves = [...counts.keys()].filter((symbol) => (counts[symbol] ?? 0) > 0);
  leaves.sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0) || a - b);
  const depths = leafDepths(leaves.map((symbol) => counts[symbol] ?? 0));
  if (Math.max(...depths) > longestCode) return codeLengths(counts.map((count) => (count + 1) >> 1));
  const lengths = new Uint8Array(counts.length);
  for (const [index, symbol] of leaves.entries()) lengths[symbol] = depths[index] ?? 0;
  return lengths;
}

/** The depth of each leaf in Huffman's tree over ascending weights; joined nodes come in ascending order too. */
function leafDepths(weights: number[]): number[] {
  const count = weights.length;
  const nodes = [...weights];
  const parents: number[] = [];
  let leaf = 0;
  let joined = count;
  const takeLighter = (): number => {
    const isLeaf = leaf < count && (joined >= nodes.length || (nodes[leaf] ?? 0) <= (nodes[joined] ?? 0));
    return isLeaf ? leaf++ : joined++;
  };
  while (nodes.length < 2 * count - 1) {
    const [a, b] = [takeLighter(), takeLighter()];
    parents[a] = parents[b] = nodes.length;
    nodes.push((nodes[a] ?? 0) + (nodes[b] ?? 0));
  }
  const depths: number[] = [];
  depths[nodes.length - 1] = 0;
  for (let node = nodes.length - 2; node >= 0; node--) depths[node] = (depths[parents[node] ?? 0] ?? 0) + 1;
  return depths.slice(0, count);
}

/** The canonical code of such lengths, RFC 1951 section 3.2.2: for each symbol its bits, first bit lowest, | length << 16. */
export function canonicalCodes(lengths: Uint8Array): Uint32Array {
  const codes = new Uint32Array(lengths.length);
  let code = 0;
  for (let length = 1; length <= longestCode; length++, code <<= 1)
    for (const [symbol, own] of lengths.entries())
      if (own === length) codes[symbol] = reversed(code++, length) | (length << 16);
  return codes;
}

function reversed(bits: number, count: number): number {
  let turned = 0;
  for (let bit = 0; bit < count; bit++) turned |= ((bits >> bit) & 1) << (count - 1 - bit);
  return turned;
}
