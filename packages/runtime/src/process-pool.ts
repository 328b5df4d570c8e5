import { fork, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { receiveBytes, sendBytes, type IncomingBytes } from "./bytes-beside.ts";
import { AppError } from "./errors.ts";
import { inheritedEnvironment } from "./config.ts";

interface Request {
  kind: "request";
  id: number;
  body: unknown;
  /** Of the bytes that follow beside it, part by part. */
  lengths: number[];
}

type Answer =
  | { kind: "progress"; id: number; body: unknown }
  | { kind: "result"; id: number; body: unknown }
  | { kind: "error"; id: number; code: string; retryable: boolean; message: string; stack?: string | undefined };

export interface PoolOptions {
  /** File URL of the module to fork; it calls `serveRequests`. */
  module: URL;
  /** Number of child processes; requests beyond it wait. */
  size: number;
  deadlineMs: number;
  memoryMb: number;
  /** Requests come with `bytes`. */
  takesBytes?: boolean;
  environment?: Record<string, string>;
}

export interface CallOptions {
  signal?: AbortSignal;
  /** What a signal does to a request that runs: ends its child, or lets it end its work, which nobody waits for any more. */
  whenAborted?: "kill" | "let-finish";
  onProgress?: (body: unknown) => void;
  /** Large byte arrays go beside the body, which would copy them several times; only where the pool `takesBytes`. */
  bytes?: readonly Uint8Array[];
}

export interface ProcessPool<Body, Result> {
  /**
   * Runs one request in a child.
   *
   * @throws AppError of the child as it was; `CHILD_TIMEOUT`, `CHILD_MEMORY` and `CHILD_CRASHED` when the child had to
   * be killed or died; the signal's reason when aborted. A killed child is replaced.
   */
  call(body: Body, options?: CallOptions): Promise<Result>;
  close(): Promise<void>;
}

interface Waiting {
  body: unknown;
  options: CallOptions;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** Work that blocks or may have to be killed runs in children of this pool, one request at a time each. */
export function createProcessPool<Body, Result>(pool: PoolOptions): ProcessPool<Body, Result> {
  const idle: ChildProcess[] = [];
  const waiting: Waiting[] = [];
  const all = new Set<ChildProcess>();
  let busy = 0;
  let nextId = 0;
  let closed = false;

  const spawn = (): ChildProcess => {
    const child = fork(fileURLToPath(pool.module), [], {
      serialization: "advanced",
      env: inheritedEnvironment(pool.environment),
      stdio: ["ignore", "inherit", "inherit", "ipc", ...(pool.takesBytes ? ["pipe" as const] : [])],
    });
    all.add(child);
    child.once("exit", () => {
      all.delete(child);
      const at = idle.indexOf(child);
      if (at >= 0) idle.splice(at, 1);
    });
    // A child that cannot start reports `error` and then `exit`; the request on it fails by `exit`.
    child.on("error", () => {});
    return child;
  };

  const next = (): void => {
    while (busy < pool.size) {
      const task = waiting.shift();
      if (!task) return;
      if (task.options.signal?.aborted) {
        task.reject(task.options.signal.reason);
        continue;
      }
      busy++;
      const child = idle.pop() ?? spawn();
      void runOn(child, task).finally(() => {
        busy--;
        if (child.connected && child.exitCode === null && !child.killed && !closed) idle.push(child);
        next();
      });
    }
  };

  const runOn = (child: ChildProcess, task: Waiting): Promise<void> =>
    new Promise((done) => {
      const id = nextId++;
      let verdict: unknown;
      const kill = (reason: unknown): void => {
        verdict ??= reason;
        child.kill("SIGKILL");
      };
      const deadline = setTimeout(
        () => kill(childError("CHILD_TIMEOUT", `It took longer than ${pool.deadlineMs} ms and was stopped.`, false)),
        pool.deadlineMs,
      );
      const memory = setInterval(() => {
        const rssMb = residentMb(child.pid);
        if (rssMb > pool.memoryMb)
          kill(
            childError(
              "CHILD_MEMORY",
              `It took ${rssMb} MB of memory, more than the ${pool.memoryMb} MB allowed, and was stopped.`,
              false,
            ),
          );
      }, 500);
      const onAbort = (): void => kill(task.options.signal?.reason);
      const finish = (settle: () => void): void => {
        clearTimeout(deadline);
        clearInterval(memory);
        task.options.signal?.removeEventListener("abort", onAbort);
        child.off("message", onMessage);
        child.off("exit", onExit);
        settle();
        done();
      };
      const onMessage = (answer: Answer): void => {
        if (answer.id !== id) return;
        if (answer.kind === "progress") task.options.onProgress?.(answer.body);
        else if (answer.kind === "result") finish(() => task.resolve(answer.body));
        else finish(() => task.reject(revivedError(answer)));
      };
      const onExit = (code: number | null, signal: string | null): void =>
        finish(() =>
          task.reject(
            verdict ??
              childError("CHILD_CRASHED", `The process that did it ended with ${signal ?? `code ${code}`}.`, true),
          ),
        );
      if (task.options.whenAborted !== "let-finish")
        task.options.signal?.addEventListener("abort", onAbort, { once: true });
      child.on("message", onMessage);
      child.once("exit", onExit);
      const { bytes = [] } = task.options;
      const request: Request = { kind: "request", id, body: task.body, lengths: bytes.map(({ length }) => length) };
      child.send(request, (error) => {
        if (error) kill(childError("CHILD_CRASHED", `The process that should do it is gone: ${error.message}.`, true));
      });
      sendBytes(child, bytes);
    });

  return {
    call: (body, options = {}) =>
      new Promise<Result>((resolve, reject) => {
        if (closed) return reject(childError("CHILD_CRASHED", "The worker is closing.", true));
        // Whoever gives up while it waits is told so at once; once it runs, `runOn` listens, or nobody does.
        const leave = (): void => {
          const at = waiting.indexOf(task);
          if (at < 0 && options.whenAborted !== "let-finish") return;
          if (at >= 0) waiting.splice(at, 1);
          reject(options.signal?.reason);
        };
        const settled = (): void => options.signal?.removeEventListener("abort", leave);
        const task: Waiting = {
          body,
          options,
          resolve(result) {
            settled();
            resolve(result as Result);
          },
          reject(error) {
            settled();
            reject(error);
          },
        };
        waiting.push(task);
        options.signal?.addEventListener("abort", leave, { once: true });
        next();
      }),
    async close() {
      closed = true;
      for (const task of waiting.splice(0)) task.reject(childError("CHILD_CRASHED", "The worker is closing.", true));
      await Promise.all(
        [...all].map(
          (child) =>
            new Promise<void>((resolve) => {
              if (child.exitCode !== null || child.signalCode !== null) return resolve();
              child.once("exit", () => resolve());
              child.kill("SIGKILL");
            }),
        ),
      );
    },
  };
}

/**
 * The child's side: answers the parent's requests, one at a time, and ends when the parent is gone.
 *
 * Signals for the whole process group (Ctrl-C) are left to the parent, which closes its children in order.
 */
export function serveRequests<Body>(
  handle: (body: Body, progress: (body: unknown) => void, bytes: IncomingBytes) => Promise<unknown>,
): void {
  process.on("SIGINT", () => {});
  process.on("disconnect", () => process.exit(0));
  process.on("message", (request: Request) => {
    const { id } = request;
    const bytes = receiveBytes(request.lengths);
    const handled = handle(request.body as Body, (body) => send({ kind: "progress", id, body }), bytes);
    handled
      .finally(() => bytes.leaveRest())
      .then(
        (body) => send({ kind: "result", id, body }),
        (error: unknown) =>
          send({
            kind: "error",
            id,
            code: error instanceof AppError ? error.code : "UNEXPECTED",
            retryable: error instanceof AppError ? error.retryable : true,
            message: error instanceof Error ? error.message : String(error),
            stack: error instanceof Error ? error.stack : undefined,
          }),
      );
  });
}

function send(answer: Answer): void {
  process.send?.(answer);
}

/** The module of the given name beside this one, in TypeScript sources and in compiled code alike. */
export function siblingModule(importMetaUrl: string, name: string): URL {
  return new URL(`./${name}${importMetaUrl.endsWith(".ts") ? ".ts" : ".js"}`, importMetaUrl);
}

function childError(code: string, message: string, retryable: boolean): AppError {
  return new AppError({ code, message, retryable });
}

function revivedError(answer: Extract<Answer, { kind: "error" }>): AppError {
  const error = new AppError({ code: answer.code, message: answer.message, retryable: answer.retryable });
  if (answer.stack !== undefined) error.stack = answer.stack;
  return error;
}

/** Resident memory of a process in MB; 0 where the system does not tell (only Linux does without another process). */
function residentMb(pid: number | undefined): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return Math.round((pages * 4096) / 2 ** 20);
  } catch {
    return 0;
  }
}
