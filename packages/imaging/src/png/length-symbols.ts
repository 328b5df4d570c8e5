/** RFC 1951 section 3.2.5: the symbol of a match's length, and the bits that follow it. */
export interface LengthSymbol {
  symbol: number;
  extra: number;
  extraBits: number;
}

const firstSymbol = 257;
const shortest = 3;
const longest = 258;

/** @param length 3 to 258 */
export function symbolOfLength(length: number): LengthSymbol {
  const symbol = symbols[length];
  if (symbol === undefined) throw new RangeError(`no match has the length ${length}`);
  return symbol;
}

/** Eight lengths have a symbol each, then four symbols share each number of extra bits; the longest stands alone. */
const symbols: readonly LengthSymbol[] = (() => {
  const table: LengthSymbol[] = [];
  let length = shortest;
  for (let symbol = firstSymbol; length < longest; symbol++) {
    const extraBits = Math.max(0, ((symbol - firstSymbol) >> 2) - 1);
    for (let extra = 0; extra < 1 << extraBits; extra++) table[length++] = { symbol, extra, extraBits };
  }
  table[longest] = { symbol: 285, extra: 0, extraBits: 0 };
  return table;
})();
