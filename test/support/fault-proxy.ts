import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What goes wrong with a request. `lose answer`: the server did what it was asked, and nobody hears of it. */
export type Fault =
  | { kind: "status"; status: number; message: string; headers?: Record<string, string> }
  | { kind: "break request" }
  | { kind: "lose answer" }
  | { kind: "cut answer" }
  | { kind: "damage request" }
  | { kind: "damage answer" }
  | { kind: "stall" }
  | { kind: "delay"; ms: number };

export interface SeenRequest {
  method: string;
  /** Path and query. */
  url: string;
  headers: IncomingMessage["headers"];
  bodyBytes: number;
}

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** Every request that arrived, in order. */
  readonly seen: SeenRequest[];
  /** Most connections that were open at once. */
  readonly mostConnections: number;
  /** Asked at each request; undefined lets it pass. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** Lets everything pass, and forgets what it saw. */
  reset(): void;
}

/** A proxy between a client and the server whose address `target` gives, for the suite that calls this. */
export function useFaultProxy(target: () => string): FaultProxy {
  const sockets = new Set<Socket>();
  /** Those that were opened since the last reset. */
  const recent = new Set<Socket>();
  const proxy: FaultProxy & { endpoint: string; mostConnections: number } = {
    endpoint: "",
    seen: [],
    mostConnections: 0,
    fault: () => undefined,
    reset() {
      proxy.fault = () => undefined;
      proxy.seen.length = 0;
      recent.clear();
      proxy.mostConnections = 0;
    },
  };
  const uploads = new Map<string, Answer>();
  const server = createServer((request, response) => void pass(request, response, target(), proxy, uploads));
  server.on("connection", (socket) => {
    sockets.add(socket);
    recent.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      recent.delete(socket);
    });
    proxy.mostConnections = Math.max(proxy.mostConnections, recent.size);
  });
  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    proxy.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}

/** @param uploads the last answer of each resumable upload: a client asks how far it came, which the emulator takes for its end */
async function pass(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
  proxy: FaultProxy,
  uploads: Map<string, Answer>,
): Promise<void> {
  const { method = "", url = "", headers } = request;
  const body = await bytesOf(request).catch(() => undefined);
  if (body === undefined) return void request.socket.destroy();
  const seen = { method, url, headers, bodyBytes: body.length };
  proxy.seen.push(seen);
  const fault = proxy.fault(seen);
  if (fault?.kind === "stall") return;
  if (fault?.kind === "break request") return void request.socket.destroy();
  if (fault?.kind === "status") {
    response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
    return void response.end(JSON.stringify({ error: { code: fault.status, message: fault.message } }));
  }
  const state = method === "PUT" && headers["content-range"] === "bytes */*" ? uploads.get(url) : undefined;
  if (state !== undefined) {
    response.writeHead(state.status, state.headers);
    return void response.end(state.body);
  }
  if (fault?.kind === "delay") await new Promise((resolve) => setTimeout(resolve, fault.ms));
  const answer = await forward(
    `${target}${url}`,
    method,
    headers,
    fault?.kind === "damage request" ? damaged(body) : body,
  );
  if (method === "PUT") uploads.set(url, answer);
  // Where pieces of an upload go: here, too.
  const { location } = answer.headers;
  if (location !== undefined) answer.headers.location = location.replace(target, proxy.endpoint);
  if (fault?.kind === "lose answer") return void request.socket.destroy();
  response.writeHead(answer.status, answer.headers);
  if (fault?.kind === "cut answer") {
    response.write(answer.body.subarray(0, answer.body.length / 2));
    return void setTimeout(() => request.socket.destroy(), 5);
  }
  response.end(fault?.kind === "damage answer" ? damaged(answer.body) : answer.body);
}

function forward(url: string, method: string, headers: IncomingMessage["headers"], body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: { ...headers, connection: "close" } }, (response) => {
      const { "transfer-encoding": _, ...withoutEncoding } = response.headers;
      bytesOf(response).then(
        (answered) =>
          resolve({
            status: response.statusCode ?? 0,
            // The proxy has read the answer whole, and keeps its own connections.
            headers: { ...withoutEncoding, "content-length": String(answered.length), connection: "keep-alive" },
            body: answered,
          }),
        reject,
      );
    });
    request.once("error", reject);
    request.end(body);
  });
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** One bit is another, in the middle. */
function damaged(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.length >> 1;
  if (copy.length > 0) copy.writeUInt8(copy.readUInt8(middle) ^ 1, middle);
  return copy;
}
