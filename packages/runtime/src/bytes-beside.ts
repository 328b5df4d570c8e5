import type { ChildProcess } from "node:child_process";
import { readSync } from "node:fs";
import { Writable } from "node:stream";

/** The file descriptor of a child's pipe for bytes, after the three streams and the channel of its messages. */
const descriptor = 4;

/** The bytes that came with a request. */
export interface IncomingBytes {
  /**
   * Takes the next part. Waits for it: the process has nothing else to do.
   *
   * @param allocate gives the memory that it is read into
   */
  take(allocate?: (sizeBytes: number) => Uint8Array): Uint8Array;
  /** Takes what nobody took, so that the next request's bytes come next. */
  leaveRest(): void;
}

/** The parent's side. */
export function sendBytes(child: ChildProcess, parts: readonly Uint8Array[]): void {
  const pipe = child.stdio[descriptor];
  if (parts.length === 0 || !(pipe instanceof Writable)) return;
  // A child that dies is told of by its exit.
  if (pipe.listenerCount("error") === 0) pipe.on("error", () => {});
  for (const part of parts) pipe.write(part);
}

/** The child's side. */
export function receiveBytes(lengths: readonly number[]): IncomingBytes {
  let next = 0;
  const take: IncomingBytes["take"] = (allocate = (sizeBytes) => Buffer.allocUnsafe(sizeBytes)) => {
    const part = allocate(lengths[next++] ?? 0);
    for (let filled = 0; filled < part.length;) {
      const count = readSync(descriptor, part, filled, part.length - filled, null);
      if (count === 0) process.exit(0); // the parent is gone
      filled += count;
    }
    return part;
  };
  return {
    take,
    leaveRest() {
      while (next < lengths.length) take();
    },
  };
}
