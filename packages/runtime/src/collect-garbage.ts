import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setImmediate } from "node:timers/promises";

let collect: (() => void) | undefined;

/**
 * Frees now what nobody holds any longer. V8 would wait, and a process that lets go of 100 MB and takes as much again would
 * hold both. Takes some 20 ms, so it is for large things only.
 */
export async function collectGarbage(): Promise<void> {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    // The cast: with that flag, contexts made from now on have the function.
    collect = runInNewContext("gc") as () => void;
  }
  collect();
  await setImmediate(); // finalizers, such as those of a WebAssembly module's objects, hold what they are about until they ran
  collect();
}
