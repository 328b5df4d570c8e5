import { isIPv6 } from "node:net";

export interface SignInLimit {
  /**
   * Counts an attempt before it is looked at.
   *
   * @returns undefined when it may be made, else after how many seconds the next may
   */
  take(name: string, address: string): number | undefined;
  /** Of a sign-in that went well: what it and those before it had counted for this name is forgotten. */
  forgive(name: string, address: string): void;
}

export interface SignInLimitOptions {
  perName: number;
  perAddress: number;
  windowMs: number;
}

/** Names and addresses that are remembered; the oldest go first. */
const mostKeys = 20_000;

/** So many attempts in a window for each name, whoever makes them, and from each address, whomever they are for. */
export function createSignInLimit(
  { perName, perAddress, windowMs }: SignInLimitOptions = { perName: 5, perAddress: 20, windowMs: 15 * 60_000 },
  now: () => number = Date.now,
): SignInLimit {
  const attempts = new Map<string, number[]>();
  const recent = (key: string): number[] => (attempts.get(key) ?? []).filter((atMs) => now() - atMs < windowMs);
  const note = (key: string, times: number[]): void => {
    attempts.delete(key);
    if (times.length > 0) attempts.set(key, times);
    for (const oldest of attempts.keys()) {
      if (attempts.size <= mostKeys) break;
      attempts.delete(oldest);
    }
  };
  return {
    take(name, address) {
      const keys: [key: string, most: number][] = [
        [`name ${name}`, perName],
        [`address ${networkOf(address)}`, perAddress],
      ];
      for (const [key, most] of keys) {
        const [first, ...others] = recent(key);
        if (first !== undefined && others.length + 1 >= most) return Math.ceil((first + windowMs - now()) / 1000);
      }
      for (const [key] of keys) note(key, [...recent(key), now()]);
      return undefined;
    },
    forgive(name, address) {
      note(`name ${name}`, []);
      const key = `address ${networkOf(address)}`;
      note(key, recent(key).slice(0, -1));
    },
  };
}

/** Of an IPv6 address the first 64 bits, which one household has to itself. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith("::ffff:")) return address;
  const [head = "", tail = ""] = address.split("::");
  const first = head.split(":").filter(Boolean);
  const last = tail.split(":").filter(Boolean);
  return [...first, ...Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0"), ...last]
    .slice(0, 4)
    .join(":");
}
