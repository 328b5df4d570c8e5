/** What was measured of one thing: our milliseconds an image, and those of others in the same rounds. */
export interface Figure {
  name: string;
  ours: Spread;
  others: Record<string, Spread>;
}

/** Of the rounds of one run. */
export interface Spread {
  median: number;
  least: number;
  most: number;
}

/** @param others rounds of others; those without any are left out */
export function figureOf(name: string, ours: number[], others: Record<string, number[]>): Figure {
  const measured = Object.entries(others).filter(([, rounds]) => rounds.length > 0);
  return {
    name,
    ours: spreadOf(ours),
    others: Object.fromEntries(measured.map(([other, rounds]) => [other, spreadOf(rounds)])),
  };
}

export function median(rounds: number[]): number {
  return rounds.toSorted((a, b) => a - b)[rounds.length >> 1] ?? 0;
}

function spreadOf(rounds: number[]): Spread {
  return { median: median(rounds), least: Math.min(...rounds), most: Math.max(...rounds) };
}

/** `10.3 ms, 97 images/s`; the spread where rounds differ by more than a twentieth. */
export function formatMs({ median, least, most }: Spread): string {
  const range = most - least > median / 20 ? ` (${least.toFixed(1)}-${most.toFixed(1)})` : "";
  return `${median.toFixed(1)} ms${range}, ${(1000 / median).toFixed(0)}/s`;
}

/** How many times as long the other takes. */
export function ratioOf({ ours, others }: Figure, other: string): string {
  const spread = others[other];
  return spread === undefined ? "-" : `${(spread.median / ours.median).toFixed(2)}x`;
}
