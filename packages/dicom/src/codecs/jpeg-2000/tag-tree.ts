/** Reads one bit of a packet header. */
export type ReadBit = () => number;

interface Level {
  width: number;
  /** By node: the lower bound known so far, and whether it is the value. */
  values: Uint16Array;
  isKnown: Uint8Array;
}

/** A tag tree, ISO/IEC 15444-1 B.10.2: a matrix of small numbers, each coded as what it exceeds the least of its quarter by. */
export class TagTree {
  /** The matrix itself first, one node last. */
  readonly #levels: Level[] = [];

  constructor(width: number, height: number) {
    for (let [w, h] = [width, height]; ; [w, h] = [Math.ceil(w / 2), Math.ceil(h / 2)]) {
      this.#levels.push({ width: w, values: new Uint16Array(w * h), isKnown: new Uint8Array(w * h) });
      if (w * h <= 1) return;
    }
  }

  /**
   * Reads as many bits as it takes to tell whether the number at (x, y) is below `limit`.
   *
   * @returns the number, or `limit` where it is not below
   */
  read(x: number, y: number, limit: number, readBit: ReadBit): number {
    let least = 0;
    for (let depth = this.#levels.length - 1; depth >= 0; depth--) {
      const level = this.#levels[depth];
      if (level === undefined) break;
      const node = (y >> depth) * level.width + (x >> depth);
      let value = Math.max(least, level.values[node] ?? 0);
      while (value < limit && level.isKnown[node] === 0) {
        if (readBit() === 1) level.isKnown[node] = 1;
        else value++;
      }
      level.values[node] = value;
      least = value;
    }
    return least;
  }
}
