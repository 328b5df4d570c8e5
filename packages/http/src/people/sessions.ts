import { createHash, randomBytes } from "node:crypto";

/** Who is signed in, and as what they were then. */
interface Session {
  name: string;
  /** Changes when the password does: then the session is over. */
  proof: string;
}

export interface Sessions {
  /** @returns the secret that the browser keeps */
  open(session: Session): string;
  find(secret: string): Session | undefined;
  close(secret: string): void;
}

interface Kept extends Session {
  openedAtMs: number;
  seenAtMs: number;
}

/** A session is over after an hour without a request, and after half a day anyway. */
const idleMs = 3_600_000;
const longestMs = 12 * 3_600_000;
/** More than people sign in; the oldest go first. */
const mostSessions = 10_000;

/** Sessions in memory: a restart ends them. What is kept does not tell the secret. */
export function createSessions(now: () => number = Date.now): Sessions {
  const kept = new Map<string, Kept>();
  const find = (secret: string): Kept | undefined => {
    const session = kept.get(keyOf(secret));
    if (!session) return undefined;
    if (now() - session.seenAtMs < idleMs && now() - session.openedAtMs < longestMs) return session;
    kept.delete(keyOf(secret));
    return undefined;
  };
  return {
    open(session) {
      const secret = newSecret();
      kept.set(keyOf(secret), { ...session, openedAtMs: now(), seenAtMs: now() });
      for (const oldest of kept.keys()) {
        if (kept.size <= mostSessions) break;
        kept.delete(oldest);
      }
      return secret;
    },
    find(secret) {
      const session = find(secret);
      if (session) session.seenAtMs = now();
      return session;
    },
    close: (secret) => void kept.delete(keyOf(secret)),
  };
}

/** 256 random bits that can stand in a cookie. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

function keyOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64");
}
