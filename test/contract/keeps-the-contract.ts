import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { crc32c, deletePrefix, replaceObject, StorageError, type ObjectStore } from "@mammoflow/storage";

export const bytes = (text: string): Buffer => Buffer.from(text);

const oddNames = [
  "with space/a b.txt",
  "percent/100%.txt",
  "percent/%2F%20.txt",
  "plus/a+b.txt",
  "hash/a#b.txt",
  "question/a?b=c&d.txt",
  "quotes/'a'\"b\".txt",
  "unicode/brüst-胸-🎗.txt",
  "dots/..a/.b/c..",
  "brackets/[a]{b}(c)*.txt",
  "semicolon/a;b,c:d@e=f~.txt",
];

const refusedNames = [
  "",
  "/a",
  "a/",
  "a//b",
  ".",
  "..",
  "../a",
  "a/../b",
  "a/./b",
  "a\\b",
  "a\nb",
  "a\u0000b",
  "x".repeat(201),
  `${"x".repeat(200)}/`.repeat(6),
];

/** What every store does, whatever it keeps its objects in. */
export function keepsTheContract(open: () => ObjectStore): void {
  let store: ObjectStore;
  beforeEach(() => (store = open()));
  afterEach(() => store.close());

  const names = async (prefix: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const name of store.list(prefix)) found.push(name);
    return found;
  };
  const text = async (name: string): Promise<string | undefined> => (await store.get(name))?.bytes.toString();

  it("puts an object once: created, then the same, and never other bytes", async () => {
    assert.equal(await store.putOnce("runs/a/record.json", bytes("1")), "created");
    assert.equal(await store.putOnce("runs/a/record.json", bytes("1")), "same");
    await assert.rejects(store.putOnce("runs/a/record.json", bytes("2")), (error: StorageError) => {
      assert.ok(error instanceof StorageError);
      assert.deepEqual([error.code, error.retryable], ["STORAGE_CONFLICT", false]);
      assert.match(error.message, /runs\/a\/record\.json exists with other content/);
      return true;
    });
    assert.equal(await text("runs/a/record.json"), "1");
  });

  it("lets exactly one of many win who put different bytes under one name", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, writer) => store.putOnce("race", bytes(`writer ${writer}`))),
    );
    const won = outcomes.flatMap((outcome, writer) =>
      outcome.status === "fulfilled" ? [[writer, outcome.value]] : [],
    );
    assert.equal(won.length, 1);
    assert.equal(won[0]![1], "created");
    assert.equal(await text("race"), `writer ${won[0]![0]}`);
    for (const outcome of outcomes)
      if (outcome.status === "rejected") assert.equal(outcome.reason.code, "STORAGE_CONFLICT");
  });

  it("tells all but one of many who put the same bytes that they are there", async () => {
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => store.putOnce("race", bytes("same"))));
    assert.deepEqual(outcomes.toSorted(), ["created", ...Array.from({ length: 11 }, () => "same")]);
  });

  it("replaces an object whose version is known, and only then", async () => {
    await assert.rejects(store.replace("derived", bytes("0"), "1"), { code: "STORAGE_CHANGED", retryable: true });
    const first = await store.replace("derived", bytes("1"), null);
    assert.equal((await store.get("derived"))?.version, first);
    await assert.rejects(store.replace("derived", bytes("x"), null), { code: "STORAGE_CHANGED" });
    const second = await store.replace("derived", bytes("2"), first);
    await assert.rejects(store.replace("derived", bytes("x"), first), { code: "STORAGE_CHANGED" });
    assert.deepEqual([await text("derived"), (await store.get("derived"))?.version], ["2", second]);
  });

  it("lets exactly one of many win who replace the same version", async () => {
    const version = await store.replace("derived", bytes("before"), null);
    for (const ifVersion of [version, null]) {
      const name = ifVersion === null ? "new" : "derived";
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, (_, writer) => store.replace(name, bytes(`writer ${writer}`), ifVersion)),
      );
      const won = outcomes.flatMap((outcome, writer) => (outcome.status === "fulfilled" ? [writer] : []));
      assert.equal(won.length, 1, `${won.length} won`);
      assert.equal(await text(name), `writer ${won[0]}`);
    }
  });

  it("is never missing, nor half of one thing and half of another, while it is replaced", async () => {
    const contents = Array.from({ length: 30 }, (_, turn) => String(turn).repeat(20_000));
    const versions = new Map<string, string>();
    let version = await store.replace("derived", bytes(contents[0]!), null);
    versions.set(version, contents[0]!);
    const state = { isReplacing: true };
    const reading = (async () => {
      const read: { version: string; text: string }[] = [];
      while (state.isReplacing) {
        const found = await store.get("derived");
        assert.ok(found, "it was missing");
        read.push({ version: found.version, text: found.bytes.toString() });
      }
      return read;
    })();
    for (const content of contents.slice(1)) {
      version = await store.replace("derived", bytes(content), version);
      versions.set(version, content);
    }
    state.isReplacing = false;
    const read = await reading;
    assert.ok(read.length > 0);
    for (const { version, text } of read) assert.ok(versions.get(version) === text, "a version with other bytes");
  });

  it("loses no change when many repeat until they win", async () => {
    const add = (line: string): Promise<void> =>
      replaceObject(store, "lines", (current) => bytes(`${current?.toString() ?? ""}${line}\n`));
    await Promise.all(["a", "b", "c", "d"].map(add));
    assert.deepEqual((await text("lines"))?.trim().split("\n").toSorted(), ["a", "b", "c", "d"]);
  });

  it("has nothing where nothing was put", async () => {
    await store.putOnce("runs/a/b", bytes("1"));
    for (const name of ["missing", "runs", "runs/a", "runs/a/b/c", "runs/a/bc"]) {
      assert.equal(await store.get(name), undefined, name);
      assert.equal(await store.exists(name), false, name);
      await store.delete(name);
    }
    assert.equal(await store.exists("runs/a/b"), true);
    assert.deepEqual(await names("nothing/"), []);
  });

  it("deletes an object, after which its name is free", async () => {
    await store.putOnce("a/b", bytes("1"));
    await store.delete("a/b");
    assert.equal(await store.exists("a/b"), false);
    assert.deepEqual(await names(""), []);
    assert.equal(await store.putOnce("a/b", bytes("2")), "created");
  });

  it("lists by prefix in order of code points, also around the slash", async () => {
    const ordered = [
      "a!b",
      "a-b/x",
      "a.b",
      "a/b",
      "a/c/d",
      "a/c.d",
      "a0",
      "aa",
      "b/1",
      "b/10",
      "b/2",
      "é",
      "胸",
      "～",
      "🎗",
    ];
    for (const name of ordered.toReversed()) await store.putOnce(name, bytes(name));
    const inOrder = ordered.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(await names(""), inOrder);
    for (const prefix of ["a", "a/", "a/c", "a/c/", "a.", "b/1", "z", "胸"])
      assert.deepEqual(
        await names(prefix),
        inOrder.filter((name) => name.startsWith(prefix)),
        prefix,
      );
  });

  it("lists more than a page", async function () {
    this.timeout(60_000);
    const many = Array.from({ length: 1100 }, (_, index) => `many/${String(index).padStart(4, "0")}`);
    for (let start = 0; start < many.length; start += 50)
      await Promise.all(many.slice(start, start + 50).map((name) => store.putOnce(name, bytes(name))));
    assert.deepEqual(await names("many/"), many);
  });

  it("reads parts of an object, as much as there is of them", async () => {
    await store.putOnce("part", bytes("0123456789"));
    const part = async (start: number, length: number): Promise<[string, number] | undefined> => {
      const found = await store.getRange("part", start, length);
      return found && [found.bytes.toString(), found.sizeBytes];
    };
    assert.deepEqual(await part(0, 4), ["0123", 10]);
    assert.deepEqual(await part(3, 1), ["3", 10]);
    assert.deepEqual(await part(8, 100), ["89", 10]);
    assert.deepEqual(await part(10, 1), ["", 10]);
    assert.deepEqual(await part(500, 1), ["", 10]);
    assert.equal(await store.getRange("missing", 0, 1), undefined);
    await store.putOnce("empty", bytes(""));
    assert.deepEqual(await store.getRange("empty", 0, 1), { bytes: Buffer.alloc(0), sizeBytes: 0 });
  });

  it("lists sizes, and checksums where it keeps them", async () => {
    const contents = { "a/1": "", "a/2": "123456789", "b/1": "x" };
    for (const [name, content] of Object.entries(contents)) await store.putOnce(name, bytes(content));
    const found = [];
    for await (const entry of store.entries("a/")) found.push(entry);
    assert.deepEqual(
      found.map(({ name, sizeBytes }) => [name, sizeBytes]),
      [
        ["a/1", 0],
        ["a/2", 9],
      ],
    );
    for (const entry of found)
      if (entry.crc32c !== undefined) assert.equal(entry.crc32c, crc32c(bytes(contents[entry.name as "a/1"])));
  });

  it("deletes everything under a prefix, and nothing else", async () => {
    const all = [...Array.from({ length: 40 }, (_, index) => `a/${index}`), "ab/1", "b/a/1"];
    await Promise.all(all.map((name) => store.putOnce(name, bytes("1"))));
    assert.equal(await deletePrefix(store, "a/"), 40);
    assert.deepEqual(await names(""), ["ab/1", "b/a/1"]);
    assert.equal(await deletePrefix(store, "a/"), 0);
    await assert.rejects(deletePrefix(store, "../"), { code: "STORAGE_NAME" });
  });

  it("keeps an empty object", async () => {
    assert.equal(await store.putOnce("empty", Buffer.alloc(0)), "created");
    assert.equal(await store.putOnce("empty", Buffer.alloc(0)), "same");
    await assert.rejects(store.putOnce("empty", bytes("1")), { code: "STORAGE_CONFLICT" });
    assert.equal((await store.get("empty"))?.bytes.length, 0);
    assert.equal(await store.exists("empty"), true);
  });

  it("keeps twelve megabytes, whole, once and replaced", async function () {
    this.timeout(60_000);
    const [large, other] = [randomBytes(12_000_000), randomBytes(12_000_001)];
    const sha256 = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");
    assert.equal(await store.putOnce("large", large), "created");
    assert.equal(await store.putOnce("large", large), "same");
    await assert.rejects(store.putOnce("large", other), { code: "STORAGE_CONFLICT" });
    const read = await store.get("large");
    assert.equal(sha256(read!.bytes), sha256(large));
    await store.replace("large", other, read!.version);
    await assert.rejects(store.replace("large", large, read!.version), { code: "STORAGE_CHANGED" });
    assert.equal(sha256((await store.get("large"))!.bytes), sha256(other));
  });

  it("writes what a part of a larger buffer holds", async () => {
    await store.putOnce("part", bytes("abcdef").subarray(2, 4));
    assert.equal(await text("part"), "cd");
  });

  it("keeps odd names as they are", async () => {
    for (const name of oddNames) assert.equal(await store.putOnce(name, bytes(name)), "created", name);
    for (const name of oddNames) {
      assert.equal(await text(name), name);
      assert.equal(await store.exists(name), true, name);
      await store.replace(name, bytes("new"), (await store.get(name))!.version);
    }
    assert.deepEqual((await names("")).toSorted(), oddNames.toSorted());
    for (const name of oddNames) await store.delete(name);
    assert.deepEqual(await names(""), []);
  });

  it("refuses names that could leave the store or cannot be kept everywhere", async () => {
    for (const name of refusedNames) {
      const refusal = { code: "STORAGE_NAME", retryable: false };
      await assert.rejects(async () => store.putOnce(name, bytes("1")), refusal, JSON.stringify(name));
      await assert.rejects(async () => store.replace(name, bytes("1"), null), refusal, JSON.stringify(name));
      await assert.rejects(async () => store.get(name), refusal, JSON.stringify(name));
      await assert.rejects(async () => store.exists(name), refusal, JSON.stringify(name));
      await assert.rejects(async () => store.delete(name), refusal, JSON.stringify(name));
    }
    for (const prefix of ["../", "/", "a/../", "a/../../b"])
      await assert.rejects(names(prefix), { code: "STORAGE_NAME" }, prefix);
  });
}
