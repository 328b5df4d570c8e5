import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "@mammoflow/runtime";

/** What a page shows at one moment: its parts as markup by the id of the element that holds them. */
export interface Picture {
  title: string;
  parts: Record<string, string>;
  /** Nothing will change any more: the last one. */
  isLast: boolean;
}

export interface Live {
  /**
   * A stream of server-sent events: the whole picture first, then what changed, and `end` after the last one.
   *
   * @param key what is watched; everybody who watches the same shares one sampler
   */
  watch(key: string, sample: () => Promise<Picture>): PassThrough;
  close(): Promise<void>;
}

interface Watched {
  streams: Set<PassThrough>;
  last: Picture | undefined;
  /** Why the last sample failed. */
  trouble: string | undefined;
}

/** A reader that takes nothing for so long that this much waits is let go; it may come again. */
const mostWaitingBytes = 1_000_000;
/** Proxies close what is silent for a minute. */
const heartbeatMs = 15_000;

/** Samples what is watched once per interval, however many watch, and not at all when nobody does. */
export function createLive({ intervalMs }: { intervalMs: number }): Live {
  const watched = new Map<string, Watched>();
  const closing = new AbortController();
  const loops = new Set<Promise<void>>();

  const run = async (key: string, entry: Watched, sample: () => Promise<Picture>): Promise<void> => {
    let sentAtMs = Date.now();
    while (entry.streams.size > 0 && !closing.signal.aborted) {
      const startedAtMs = Date.now();
      const events = await nextEvents(entry, sample);
      const text = events === "" && Date.now() - sentAtMs > heartbeatMs ? ": still here\n\n" : events;
      if (text !== "") sentAtMs = Date.now();
      for (const stream of entry.streams) send(stream, text);
      if (entry.last?.isLast) break;
      const restMs = Math.max(50, intervalMs - (Date.now() - startedAtMs));
      await sleep(restMs, undefined, { signal: closing.signal }).catch(() => {});
    }
    watched.delete(key);
    for (const stream of entry.streams) stream.end();
  };

  return {
    watch(key, sample) {
      const stream = new PassThrough();
      const entry: Watched = watched.get(key) ?? { streams: new Set(), last: undefined, trouble: undefined };
      entry.streams.add(stream);
      stream.once("close", () => entry.streams.delete(stream));
      stream.on("error", () => {}); // the reader went away
      send(stream, "retry: 2000\n\n");
      if (entry.last) send(stream, pictureEvent(entry.last, undefined));
      if (entry.trouble !== undefined) send(stream, eventOf("trouble", { message: entry.trouble }));
      if (!watched.has(key)) {
        watched.set(key, entry);
        const loop = run(key, entry, sample).finally(() => loops.delete(loop));
        loops.add(loop);
      }
      return stream;
    },
    async close() {
      closing.abort();
      await Promise.all(loops);
    },
  };
}

/** Takes a sample and says what changed by it: nothing, the picture, or the trouble with it. */
async function nextEvents(entry: Watched, sample: () => Promise<Picture>): Promise<string> {
  try {
    const picture = await sample();
    const event = entry.trouble === undefined ? pictureEvent(picture, entry.last) : pictureEvent(picture, undefined);
    entry.last = picture;
    entry.trouble = undefined;
    return event + (picture.isLast ? eventOf("end", {}) : "");
  } catch (error) {
    const trouble = messageOf(error);
    const isNew = trouble !== entry.trouble;
    entry.trouble = trouble;
    return isNew ? eventOf("trouble", { message: trouble }) : "";
  }
}

function send(stream: PassThrough, text: string): void {
  if (stream.writableEnded) return;
  stream.write(text);
  if (stream.writableLength > mostWaitingBytes) stream.destroy();
}

/** The event that turns one picture into the next, or nothing when they are the same. */
function pictureEvent(now: Picture, before: Picture | undefined): string {
  const parts = Object.fromEntries(Object.entries(now.parts).filter(([id, text]) => before?.parts[id] !== text));
  if (Object.keys(parts).length === 0 && before?.title === now.title) return "";
  return eventOf("picture", { title: now.title, parts });
}

function eventOf(name: string, content: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(content)}\n\n`;
}
