/** The value under the key, made when it is asked for another key than the last time; the one before is closed and let go. */
export type KeepLast<Value> = (key: string, make: () => Promise<Value>) => Promise<Value>;

/** Keeps one value, because experiments that follow each other mostly want the same. */
export function keepLast<Value>(close: (value: Value) => Promise<void> | void = () => {}): KeepLast<Value> {
  let kept: { key: string; value: Value } | undefined;
  return async (key, make) => {
    if (kept?.key === key) return kept.value;
    const before = kept;
    kept = undefined; // first let go, then make: both may be large
    if (before) await close(before.value);
    const value = await make();
    kept = { key, value };
    return value;
  };
}
