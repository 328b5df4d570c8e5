/** A seeded stream of random numbers whose position can be saved and restored exactly. */
export interface Random {
  /** 0 <= n < 2^32, a whole number. */
  uint32: () => number;
  /** 0 <= x < 1, in steps of 2^-32. */
  uniform: () => number;
  /** A whole number, 0 <= n < bound. */
  below: (bound: number) => number;
  /** The position in the stream: 32 hexadecimal digits. */
  state: () => string;
}

/** sfc32 (Chris Doty-Humphrey, PractRand), seeded by splitmix32: the same seed gives the same stream on every machine. */
export function createRandom(seed: number): Random {
  let spread = seed | 0;
  const splitmix = (): number => {
    spread = (spread + 0x9e3779b9) | 0;
    let mixed = Math.imul(spread ^ (spread >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return mixed ^ (mixed >>> 15);
  };
  const random = randomAt(splitmix(), splitmix(), splitmix(), 1);
  for (let round = 0; round < 12; round++) random.uniform();
  return random;
}

/**
 * Goes on where `state()` was taken.
 *
 * @throws RangeError when the text is not such a state
 */
export function restoreRandom(state: string): Random {
  if (!/^[0-9a-f]{32}$/.test(state)) throw new RangeError(`"${state}" is not the state of a random stream`);
  const word = (index: number): number => Number.parseInt(state.slice(8 * index, 8 * index + 8), 16) | 0;
  return randomAt(word(0), word(1), word(2), word(3));
}

/** The stream at a position: three words of state and the counter. */
export function randomAt(first: number, second: number, third: number, fourth: number): Random {
  let a = first;
  let b = second;
  let c = third;
  let counter = fourth;
  const uint32 = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  const uniform = (): number => uint32() / 2 ** 32;
  return {
    uint32,
    uniform,
    below: (bound) => Math.floor(uniform() * bound),
    state: () => [a, b, c, counter].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join(""),
  };
}
