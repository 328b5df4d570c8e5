import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AppError, createProcessPool, type PoolOptions, type ProcessPool } from "@mammoflow/runtime";
import type { PoolRequest } from "../fixtures/pool-child.ts";
import { isAlive, until } from "../support/waiting.ts";

describe("a process pool", function () {
  this.timeout(30_000);
  const pools: ProcessPool<PoolRequest, unknown>[] = [];
  afterEach(() => Promise.all(pools.splice(0).map((pool) => pool.close())));

  const createPool = (options: Partial<PoolOptions> = {}): ProcessPool<PoolRequest, unknown> => {
    const module = pathToFileURL(join(import.meta.dirname, "../fixtures/pool-child.ts"));
    const pool = createProcessPool<PoolRequest, unknown>({
      module,
      size: 1,
      deadlineMs: 15_000,
      memoryMb: 1000,
      ...options,
    });
    pools.push(pool);
    return pool;
  };
  const pidOf = async (pool: ProcessPool<PoolRequest, unknown>): Promise<number> =>
    Number(await pool.call({ do: "say pid" }));

  it("answers requests in one child, bytes included", async () => {
    const pool = createPool();
    assert.equal(await pool.call({ do: "add", a: 2, b: 3 }), 5);
    assert.deepEqual(await pool.call({ do: "echo", bytes: new Uint8Array([1, 2, 3]) }), new Uint8Array([1, 2, 3]));
    assert.equal(await pidOf(pool), await pidOf(pool));
  });

  it("passes on progress, in order", async () => {
    const seen: unknown[] = [];
    const result = await createPool().call({ do: "count", to: 3 }, { onProgress: (body) => seen.push(body) });
    assert.deepEqual([seen, result], [[{ at: 1 }, { at: 2 }, { at: 3 }], "counted"]);
  });

  it("runs as many at once as it has children, and the rest after them", async () => {
    const pool = createPool({ size: 2 });
    const pids = await Promise.all([1, 2, 3, 4].map(() => pool.call({ do: "wait", ms: 50 })));
    assert.equal(new Set(pids).size, 2);
  });

  it("lets a request that is given up end its work where it is asked to, without waiting for it", async () => {
    const pool = createPool();
    const pid = await pidOf(pool);
    const controller = new AbortController();
    const options = { signal: controller.signal, whenAborted: "let-finish" } as const;
    const running = pool.call({ do: "wait", ms: 200 }, options);
    const waiting = pool.call({ do: "wait", ms: 60_000 }, options);
    controller.abort(new Error("given up"));
    await assert.rejects(running, /given up/);
    await assert.rejects(waiting, /given up/);
    assert.equal(await pidOf(pool), pid); // the same child, which the waiting request never reached
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });

  it("throws a child's own error as it was: code, message, whether it may be tried again", async () => {
    const pool = createPool();
    for (const retryable of [true, false])
      await assert.rejects(pool.call({ do: "refuse", retryable }), (error: unknown) => {
        assert.ok(error instanceof AppError);
        assert.deepEqual(
          [error.code, error.message, error.retryable],
          ["DICOM_TRUNCATED", "x.dicom ends early.", retryable],
        );
        return true;
      });
    await assert.rejects(pool.call({ do: "stumble" }), {
      code: "UNEXPECTED",
      message: "undefined is not a function",
      stack: /pool-child/,
    });
    assert.equal(await pool.call({ do: "add", a: 1, b: 1 }), 2);
  });

  it("kills a child that takes too long, even one that never looks up, and replaces it", async () => {
    const pool = createPool({ deadlineMs: 1500 });
    const pid = await pidOf(pool);
    await assert.rejects(pool.call({ do: "spin" }), { code: "CHILD_TIMEOUT", retryable: false, message: /1500 ms/ });
    assert.notEqual(await pidOf(pool), pid);
    assert.equal(isAlive(pid), false);
  });

  it("kills a child that takes too much memory, and replaces it", async function () {
    if (process.platform !== "linux") this.skip(); // elsewhere the pool cannot see another process's memory
    const pool = createPool({ memoryMb: 250 });
    const pid = await pidOf(pool);
    await assert.rejects(pool.call({ do: "fill memory" }), {
      code: "CHILD_MEMORY",
      retryable: false,
      message: /250 MB/,
    });
    assert.notEqual(await pidOf(pool), pid);
  });

  it("kills only the child whose request is aborted", async () => {
    const pool = createPool({ size: 2 });
    const [one, other] = (await Promise.all([
      pool.call({ do: "wait", ms: 50 }),
      pool.call({ do: "wait", ms: 50 }),
    ])) as [number, number];
    const abort = new AbortController();
    const neighbour = pool.call({ do: "wait", ms: 400 });
    const aborted = pool.call({ do: "spin" }, { signal: abort.signal });
    setTimeout(() => abort.abort(new AppError({ code: "CANCELLED", message: "The run was cancelled." })), 100);
    await assert.rejects(aborted, { code: "CANCELLED" });
    const survivor = await neighbour;
    assert.ok(survivor === one || survivor === other);
    assert.equal(isAlive(survivor === one ? other : one), false);
  });

  it("leaves nothing on a signal that many requests share", async () => {
    const pool = createPool();
    const { signal } = new AbortController();
    await Promise.all([1, 2, 3].map((a) => pool.call({ do: "add", a, b: 1 }, { signal })));
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  it("does not begin what was aborted before its turn", async () => {
    const pool = createPool();
    const abort = new AbortController();
    const first = pool.call({ do: "wait", ms: 100 });
    const second = pool.call({ do: "exit", code: 1 }, { signal: abort.signal });
    abort.abort(new AppError({ code: "CANCELLED", message: "The run was cancelled." }));
    await assert.rejects(second, { code: "CANCELLED" });
    assert.equal(await first, await pidOf(pool));
  });

  it("says how a child ended that died, and replaces it", async () => {
    const pool = createPool();
    await assert.rejects(pool.call({ do: "exit", code: 7 }), {
      code: "CHILD_CRASHED",
      retryable: true,
      message: /code 7/,
    });
    await assert.rejects(pool.call({ do: "kill itself" }), {
      code: "CHILD_CRASHED",
      retryable: true,
      message: /SIGSEGV/,
    });
    assert.equal(await pool.call({ do: "add", a: 1, b: 1 }), 2);
  });

  it("replaces a child that died between two requests", async () => {
    const pool = createPool();
    const pid = await pidOf(pool);
    process.kill(pid, "SIGKILL");
    await until(() => !isAlive(pid));
    assert.notEqual(await pool.call({ do: "say pid" }).catch(() => pidOf(pool)), pid);
  });

  it("ends every child and every request when it is closed, and takes no more", async () => {
    const pool = createPool();
    const pid = await pidOf(pool);
    const running = pool.call({ do: "spin" });
    const waiting = pool.call({ do: "say pid" });
    const ended = Promise.allSettled([running, waiting]);
    await pool.close();
    for (const outcome of await ended) {
      assert.equal(outcome.status, "rejected");
      assert.deepEqual([outcome.reason.code, outcome.reason.retryable], ["CHILD_CRASHED", true]);
    }
    assert.equal(isAlive(pid), false);
    await assert.rejects(pool.call({ do: "say pid" }), { code: "CHILD_CRASHED" });
  });
});
