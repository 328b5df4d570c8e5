import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Readable } from "node:stream";
import { createLive, type Picture } from "../../services/dashboard/src/live.ts";
import { html, prose } from "../../services/dashboard/src/markup.ts";

const picture = (text: string, isLast = false): Picture => ({ title: "t", parts: { a: "same", b: text }, isLast });

function reading(stream: Readable): { text: string; ended: Promise<void> } {
  const read = { text: "", ended: Promise.resolve() };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => (read.text += chunk));
  read.ended = new Promise((resolve) => stream.once("close", () => resolve()));
  return read;
}

describe("live pages", () => {
  it("take one sample at a time for all who watch the same, and none when nobody does", async () => {
    const live = createLive({ intervalMs: 50 });
    let samples = 0;
    const sample = async (): Promise<Picture> => picture(String(++samples));
    const streams = [live.watch("run", sample), live.watch("run", sample), live.watch("run", sample)];
    streams.forEach(reading);
    await sleep(240);
    assert.ok(samples >= 3 && samples <= 6, `${samples} samples for three watchers`);
    for (const stream of streams) stream.destroy();
    await sleep(80);
    const after = samples;
    await sleep(150);
    assert.equal(samples, after);
    await live.close();
  });

  it("send the whole picture first, then what changed, and end after the last one", async () => {
    const live = createLive({ intervalMs: 50 });
    const pictures = [picture("1"), picture("1"), picture("2", true)];
    const read = reading(live.watch("run", async () => pictures.shift()!));
    await read.ended;
    const events = read.text.split("\n\n").filter((event) => event.startsWith("event:"));
    assert.deepEqual(events, [
      'event: picture\ndata: {"title":"t","parts":{"a":"same","b":"1"}}',
      'event: picture\ndata: {"title":"t","parts":{"b":"2"}}',
      "event: end\ndata: {}",
    ]);
    await live.close();
  });

  it("tell a trouble once, and show the whole picture when it is over", async () => {
    const live = createLive({ intervalMs: 50 });
    const steps = [() => picture("1"), fail, fail, () => picture("1", true)];
    const read = reading(live.watch("run", async () => steps.shift()!()));
    await read.ended;
    const names = [...read.text.matchAll(/^event: (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(names, ["picture", "trouble", "picture", "end"]);
    await live.close();
  });

  it("let go of a reader that takes nothing", async () => {
    const live = createLive({ intervalMs: 50 });
    let count = 0;
    const stream = live.watch("run", async () => picture(`${count++} ${"x".repeat(600_000)}`));
    stream.on("error", () => {});
    await sleep(300);
    assert.equal(stream.destroyed, true);
    await live.close();
  });
});

describe("markup", () => {
  it("escapes what is put in, in text and in attributes", () => {
    const hostile = `"><script>alert('1')</script>&`;
    const { text } = html`<a title="${hostile}">${[hostile, 3, false, undefined]}</a>`;
    assert.doesNotMatch(text, /<script|title=""/);
    assert.equal(text.match(/&#60;script&#62;/g)?.length, 2);
  });

  it("shows commands in backticks as code, and an unpaired backtick as itself", () => {
    assert.equal(prose("run `a <b>` now").text, "run <code>a &#60;b&#62;</code> now");
    assert.equal(prose("a ` b").text, "a ` b");
  });
});

function fail(): never {
  throw new Error("away");
}
