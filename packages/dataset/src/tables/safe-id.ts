import { createHash } from "node:crypto";
import { identifier } from "./fields.ts";

/**
 * An identifier that may be part of object names, job names and paths: the text itself where it may, else its letters and digits
 * with a hash of all of it, so that different texts stay different.
 */
export function safeId(text: string): string {
  if (identifier.safeParse(text).success) return text;
  const letters = text
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(-64);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
  return letters === "" ? hash : `${letters.replace(/^-+/, "")}-${hash}`;
}
