import { AppError } from "@mammoflow/runtime";

/** How a kind of failure is answered. */
export interface FailureKind {
  status: number;
  /** A few words that are the same for every failure of the kind. */
  title: string;
}

/** A failure as an answer says it. */
export interface Failure extends FailureKind {
  code: string;
  /** What happened and what to do. */
  detail: string;
  /** In seconds, where trying again then may help. */
  retryAfterS?: number;
}

/** Refused for now: the same request may succeed later. */
export class TryLaterError extends AppError {
  readonly retryAfterS: number;

  constructor({ retryAfterS, ...facts }: { code: string; message: string; retryAfterS: number }) {
    super({ ...facts, retryable: true });
    this.retryAfterS = Math.max(1, Math.ceil(retryAfterS));
  }
}

/** What fastify itself refuses, by its status. */
const ofTheServer: Record<number, { code: string; detail: string }> = {
  400: { code: "BAD_REQUEST", detail: "The request cannot be read: its address, headers or body are malformed." },
  404: { code: "NOT_FOUND", detail: "Nothing lies at this address." },
  408: { code: "SLOW_REQUEST", detail: "The request took too long to arrive." },
  413: { code: "BODY_SIZE", detail: "The request's body is larger than allowed." },
  415: { code: "MEDIA_TYPE", detail: "The request's body is of a type that is not taken here." },
};

/**
 * What an answer says of anything thrown. Only the sentences of foreseen failures (`AppError`) reach the outside.
 *
 * @param kinds by code; a code that ends in `*` stands for all that begin so
 */
export function failureOf(error: unknown, kinds: Record<string, FailureKind>): Failure {
  if (error instanceof AppError) {
    const kind = kinds[error.code] ?? kindByPrefix(error.code, kinds);
    if (kind)
      return {
        ...kind,
        code: error.code,
        detail: error.message,
        ...(error instanceof TryLaterError && { retryAfterS: error.retryAfterS }),
      };
  } else {
    const status = error instanceof Error && "statusCode" in error ? Number(error.statusCode) : 500;
    const known = ofTheServer[status] ?? (status >= 400 && status < 500 ? ofTheServer[400] : undefined);
    const kind = known && kinds[known.code];
    if (kind) return { ...kind, ...known };
  }
  return {
    status: 500,
    code: "UNFORESEEN",
    title: "Something went wrong here",
    detail: "The server did not foresee this; its log says more.",
  };
}

function kindByPrefix(code: string, kinds: Record<string, FailureKind>): FailureKind | undefined {
  const prefix = Object.keys(kinds).find((name) => name.endsWith("*") && code.startsWith(name.slice(0, -1)));
  return prefix === undefined ? undefined : kinds[prefix];
}
