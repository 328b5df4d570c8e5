import type { IncomingMessage } from "node:http";
import { AppError, collectYoungGarbage } from "@mammoflow/runtime";

export interface BodyMemory {
  /**
   * A request's whole body.
   *
   * @throws AppError `BODY_SIZE`
   */
  read(body: IncomingMessage): Promise<Buffer>;
  /** The bytes are not looked at any more; another request's may take their place. */
  giveBack(bytes: Uint8Array): void;
}

const largeBytes = 2 ** 20;
/** Blocks that lie ready. */
const mostFree = 4;

/**
 * Memory for bodies that is used again and again: a body of 18 MB in fresh memory costs more than decoding it, by the pages that the
 * system has to clear and by the garbage that it leaves.
 */
export function createBodyMemory(limitBytes: number): BodyMemory {
  const free: Buffer[] = [];
  const blocks = new WeakMap<Uint8Array, Buffer>();
  const take = (sizeBytes: number): Buffer => {
    const at = free.findIndex(({ length }) => length >= sizeBytes);
    const [block = Buffer.allocUnsafeSlow(sizeBytes)] = at < 0 ? [] : free.splice(at, 1);
    const bytes = block.subarray(0, sizeBytes);
    blocks.set(bytes, block);
    return bytes;
  };
  const tooLarge = (): AppError =>
    new AppError({
      code: "BODY_SIZE",
      message: `The body is larger than ${limitBytes / 2 ** 20} MiB: send fewer or smaller images.`,
    });

  return {
    async read(body) {
      const told = body.headers["content-length"];
      if (told !== undefined && Number(told) > limitBytes) throw tooLarge();
      if (told === undefined) return readChunks(body, limitBytes, tooLarge);
      const bytes = take(Number(told));
      let filled = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) filled += chunk.copy(bytes, filled);
      // The pieces that the network gave, hundreds of 64 KiB each.
      if (filled > largeBytes) collectYoungGarbage();
      if (filled === bytes.length) return bytes;
      throw new AppError({ code: "BAD_REQUEST", message: "The body was cut short." });
    },
    giveBack(bytes) {
      const block = blocks.get(bytes);
      blocks.delete(bytes);
      if (block && free.length < mostFree) free.push(block);
    },
  };
}

/** A body that does not say how long it is. */
async function readChunks(body: IncomingMessage, limitBytes: number, tooLarge: () => AppError): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
