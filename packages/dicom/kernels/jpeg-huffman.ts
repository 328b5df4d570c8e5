// Huffman codes of JPEG (T.81 annex C). A table is 17 limits, 17 offsets (both u32, by code length) and 256 symbols.

const LIMITS: usize = 0;
const OFFSETS: usize = 17 * 4;
const SYMBOLS: usize = 2 * OFFSETS;
export const TABLE_BYTES: i32 = 2 * 17 * 4 + 256;

/** Makes `table` of 16 counts by code length and, behind them, the symbols; the caller has found them a prefix code. */
export function fillTable(table: usize, counts: usize): void {
  let code: u32 = 0;
  let place: u32 = 0;
  for (let length = 1; length <= 16; length++) {
    const number: u32 = load<u8>(counts + length - 1);
    store<u32>(table + (length << 2), place - code, OFFSETS);
    code += number;
    place += number;
    store<u32>(table + (length << 2), code << (16 - length), LIMITS);
    code <<= 1;
  }
  memory.copy(table + SYMBOLS, counts + 16, 256);
}

/** The code that the 16 bits of `next` begin with: length << 8 | symbol; 0 where there is none. */
export function codeAt(table: usize, next: u32): u32 {
  for (let length = 1; length <= 16; length++)
    if (next < load<u32>(table + (length << 2), LIMITS)) {
      const place = (next >> (16 - length)) + load<u32>(table + (length << 2), OFFSETS);
      return (length << 8) | load<u8>(table + SYMBOLS + (place & 255));
    }
  return 0;
}

/** The signed number that `size` bits stand for (T.81 F.2.2.1, EXTEND), 1 <= size <= 16. */
export function extend(value: i32, size: i32): i32 {
  return value < 1 << (size - 1) ? value - (1 << size) + 1 : value;
}
