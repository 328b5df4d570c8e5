/** What an AppError needs to say. */
export interface AppErrorFacts {
  /** Stable upper-case identifier, e.g. `DICOM_TRUNCATED`; tests and machines read this. */
  code: string;
  /** One sentence: what happened, to which input, what to do next. */
  message: string;
  /** True when the same call may succeed later (a network fault); false when it never will (a bad file). */
  retryable?: boolean;
  cause?: unknown;
}

/** A failure that was foreseen. Packages subclass it (`DicomError`, `StorageError`) so that callers can tell them apart. */
export class AppError extends Error {
  readonly code: string;
  readonly retryable: boolean;

  constructor({ code, message, retryable = false, cause }: AppErrorFacts) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
  }
}

/** The command was used wrongly: exit code 2. */
export class UsageError extends AppError {
  constructor(message: string, cause?: unknown) {
    super({ code: "USAGE", message, cause });
  }
}

/** The code of anything thrown that has one: a system's (`ENOENT`), or ours. */
export function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** The message of anything thrown, for logs and reasons. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
