/** The names under which a browser reaches this machine; a tunnel may change the port, never the name. */
const names = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

/** Whether a host name or address means this machine alone. */
export function isLoopback(host: string): boolean {
  return names.has(host);
}
