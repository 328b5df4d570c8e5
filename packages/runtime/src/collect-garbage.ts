import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate } from "node:timers/promises";

let collect: ((options?: { type: "minor" }) => void) | undefined;

function collector(): NonNullable<typeof collect> {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    // The cast: with that flag, contexts made from now on have the function.
    collect = runInNewContext("gc") as NonNullable<typeof collect>;
  }
  return collect;
}

/**
 * Frees now what nobody holds any longer. V8 would wait, and a process that lets go of 100 MB and takes as much again would
 * hold both. Takes some 20 ms, so it is for large things only.
 */
export async function collectGarbage(): Promise<void> {
  const collectAll = collector();
  collectAll();
  await setImmediate(); // finalizers, such as those of a WebAssembly module's objects, hold what they are about until they ran
  collectAll();
}

/**
 * Frees what was made and let go of lately: a millisecond. V8 counts large buffers in small objects too late, and then looks through
 * everything, on other cores, again and again.
 */
export function collectYoungGarbage(): void {
  collector()({ type: "minor" });
}
