import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Tokens that stand in a service's own forms, so that no other page can send them for its reader (CSRF). */
export interface FormTokens {
  /** @param secret of the browser that the form is made for, in its cookie */
  tokenFor(secret: string): string;
  isRight(secret: string, token: unknown): boolean;
}

/** A token is a keyed hash of the cookie's secret; the key ends with the process. */
export function createFormTokens(): FormTokens {
  const key = randomBytes(32);
  const tokenFor = (secret: string): string => createHmac("sha256", key).update(secret).digest("base64url");
  return {
    tokenFor,
    isRight(secret, token) {
      const wanted = Buffer.from(tokenFor(secret));
      const given = Buffer.from(typeof token === "string" ? token : "");
      return given.length === wanted.length && timingSafeEqual(given, wanted);
    },
  };
}
