import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createGcsStore, openStore, StorageError, type ObjectStore } from "@mammoflow/storage";
import { useGcsEmulator, type GcsEmulator } from "../support/gcs-emulator.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

import { bytes, keepsTheContract } from "./keeps-the-contract.ts";

const isOneSentence = (error: StorageError): true => {
  assert.ok(error instanceof StorageError, String(error));
  assert.match(error.message, /^\S.*[^.]\.$/);
  assert.doesNotMatch(error.message, /\n|\. [A-Z]/, "more than one sentence");
  return true;
};

describe("objects in a folder", () => {
  const folder = useTemporaryFolder();
  keepsTheContract(() => openStore(mkdtempSync(join(folder.path, "store-"))));

  it("says what to do about a folder that cannot be written", async () => {
    const locked = join(folder.path, "locked");
    mkdirSync(locked, { mode: 0o500 });
    // The superuser may write everywhere but to the kernel's own folders.
    const store = openStore(process.getuid?.() === 0 ? "/sys/mammoflow" : locked);
    for (const write of [() => store.putOnce("a/b", bytes("1")), () => store.replace("a/b", bytes("1"), null)])
      await assert.rejects(write, (error: StorageError) => {
        assert.deepEqual([error.code, error.retryable], ["STORAGE_FOLDER", false]);
        assert.match(error.message, /Could not write .*a\/b: .*; choose a folder that you may write to\.$/);
        return isOneSentence(error);
      });
    chmodSync(locked, 0o700);
  });

  it("says what to do about a file that stands where a folder is needed, and the other way round", async () => {
    const store = openStore(mkdtempSync(join(folder.path, "store-")));
    await store.putOnce("a", bytes("1"));
    await store.putOnce("b/c", bytes("1"));
    for (const name of ["a/b", "b"]) {
      await assert.rejects(store.putOnce(name, bytes("1")), isOneSentence);
      await assert.rejects(store.replace(name, bytes("1"), null), isOneSentence);
    }
    await assert.rejects(
      openStore("/dev/null/store").putOnce("a", bytes("1")),
      /a file stands where a folder is needed/,
    );
  });

  it("takes over the lock of a writer that died, and only one of those who wait", async () => {
    const root = mkdtempSync(join(folder.path, "store-"));
    const store = openStore(root);
    const version = await store.replace("derived", bytes("0"), null);
    const lock = join(root, `.mammoflow-lock-${createHash("sha256").update("derived").digest("hex").slice(0, 16)}`);
    writeFileSync(lock, "");
    utimesSync(lock, new Date(0), new Date(0));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, writer) => store.replace("derived", bytes(`writer ${writer}`), version)),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    assert.deepEqual(readdirSync(root), ["derived"]);
  });

  it("leaves nothing but the objects behind, and shows nothing else", async () => {
    const root = mkdtempSync(join(folder.path, "store-"));
    const store = openStore(root);
    await Promise.allSettled(Array.from({ length: 8 }, (_, writer) => store.putOnce("a", bytes(`${writer}`))));
    await Promise.allSettled(Array.from({ length: 8 }, (_, writer) => store.replace("b", bytes(`${writer}`), null)));
    assert.deepEqual(readdirSync(root).toSorted(), ["a", "b"]);
    writeFileSync(join(root, ".mammoflow-1-half-written"), "x");
    const listed: string[] = [];
    for await (const name of store.list("")) listed.push(name);
    assert.deepEqual(listed, ["a", "b"]);
    await assert.rejects(async () => store.putOnce(".mammoflow-x", bytes("1")), { code: "STORAGE_NAME" });
  });
});

describe("objects in Google Cloud Storage", function () {
  this.timeout(30_000);
  const emulator = useGcsEmulator();
  let stores = 0;
  keepsTheContract(() => openStore(`gs://${emulator.bucket}/store ${++stores}/nested`, emulator.endpoint));

  it("says what to do about a bucket that is not there", async () => {
    const store = openStore("gs://no-such-bucket/runs", emulator.endpoint);
    const attempts = [
      () => store.putOnce("a", bytes("1")),
      () => store.putOnce("large", Buffer.alloc(11_000_000)),
      () => store.replace("a", bytes("1"), null),
      () => store.get("a"),
      async () => {
        for await (const _ of store.list("")) return;
      },
    ];
    for (const attempt of attempts)
      await assert.rejects(attempt, (error: StorageError) => {
        assert.deepEqual([error.code, error.retryable], ["STORAGE_GCS", false]);
        assert.match(
          error.message,
          /is the bucket's name right\? `gcloud storage buckets create gs:\/\/no-such-bucket --uniform-bucket-level-access` makes it\.$/,
        );
        return true;
      });
  });

  it("takes an emulator's address without its scheme too", async () => {
    const store = openStore(`gs://${emulator.bucket}/bare`, emulator.endpoint.replace("http://", ""));
    assert.equal(await store.putOnce("a", bytes("1")), "created");
  });

  it("goes through the proxy that the environment names", async () => {
    const { bucket, endpoint } = emulator;
    const passed: string[] = [];
    const proxy = createServer((request, response) => {
      passed.push(`${request.method} ${request.url}`);
      const { method, headers, url = "" } = request;
      request.pipe(
        httpRequest(url, { method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(response);
        }),
      );
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const before = process.env["HTTP_PROXY"];
    process.env["HTTP_PROXY"] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const store = createGcsStore({ bucket, prefix: "proxied", endpoint });
    try {
      await store.putOnce("a", bytes("1"));
      assert.equal((await store.get("a"))?.bytes.toString(), "1");
    } finally {
      if (before === undefined) delete process.env["HTTP_PROXY"];
      else process.env["HTTP_PROXY"] = before;
      proxy.close();
    }
    assert.match(passed.join("\n"), new RegExp(`^POST ${endpoint}/upload/.*\nGET ${endpoint}/storage/`));
  });

  it("keeps two stores in one bucket apart", async () => {
    const [one, two] = ["one", "one-more"].map((prefix) =>
      openStore(`gs://${emulator.bucket}/${prefix}`, emulator.endpoint),
    ) as [ObjectStore, ObjectStore];
    await two.putOnce("x", bytes("2"));
    assert.equal(await one.exists("x"), false);
    for await (const name of one.list("")) assert.fail(name);
  });
});

describe("the address of a store", () => {
  it("names a folder or a bucket, or is refused with what to give", () => {
    for (const address of [
      "gs://",
      "gs:///runs",
      "gs:/bucket/runs",
      "gs://Upper/runs",
      "gs://b",
      "s3://bucket",
      "",
      "GS://bucket",
    ])
      assert.throws(
        () => openStore(address),
        (error: StorageError) => {
          assert.deepEqual([error.code, error.retryable], ["STORAGE_ADDRESS", false], address);
          assert.match(error.message, /give a folder, or gs:\/\/bucket\/prefix/);
          return isOneSentence(error);
        },
      );
    assert.throws(() => openStore("gs://bucket/a//b"), { code: "STORAGE_NAME" });
    assert.equal(openStore("gs://bucket/runs/", "http://127.0.0.1:1").address, "gs://bucket/runs");
    assert.equal(openStore("gs://bucket", "http://127.0.0.1:1").address, "gs://bucket");
    assert.equal(openStore("file:///tmp/runs").address, "/tmp/runs");
  });
});

describe("Google Cloud Storage that does not answer", function () {
  this.timeout(60_000);
  const emulator: GcsEmulator = useGcsEmulator();

  it("fails with an error that may be tried again, and in time", async () => {
    const { bucket, endpoint } = emulator;
    const store = createGcsStore({ bucket, prefix: "", endpoint, mostDelayMs: 1000 });
    await store.putOnce("a", bytes("1"));
    await emulator.stop();
    const attempts = {
      put: () => store.putOnce("b", bytes("1")),
      "put much": () => store.putOnce("large", Buffer.alloc(11_000_000)),
      replace: () => store.replace("a", bytes("2"), null),
      get: () => store.get("a"),
      exists: () => store.exists("a"),
      list: async () => {
        for await (const _ of store.list("")) return;
      },
      delete: () => store.delete("a"),
    };
    const startedAt = Date.now();
    await Promise.all(
      Object.entries(attempts).map(([name, attempt]) =>
        assert.rejects(attempt, (error: StorageError) => {
          assert.ok(error instanceof StorageError, `${name}: ${String(error)}`);
          assert.deepEqual([error.code, error.retryable], ["STORAGE_GCS", true], `${name}: ${error.message}`);
          return true;
        }),
      ),
    );
    const seconds = (Date.now() - startedAt) / 1000;
    assert.ok(seconds < 30, `it took ${seconds} s`);
  });
});
