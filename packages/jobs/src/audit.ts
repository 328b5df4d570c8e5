import { createHash } from "node:crypto";
import { codeOf } from "@mammoflow/runtime";
import type { ObjectStore } from "@mammoflow/storage";
import { z } from "zod";
import { jsonBytes, objectNames, readJson } from "./run-objects.ts";

const auditEventSchema = z.strictObject({
  sequence: z.number().int(),
  at: z.string(),
  who: z.string(),
  action: z.string(),
  facts: z.record(z.string(), z.unknown()),
  /** sha256 of the previous event's bytes; zeros for the first. */
  previousSha256: z.string(),
});
export type AuditEvent = z.infer<typeof auditEventSchema>;

type NewEvent = Pick<AuditEvent, "who" | "action" | "facts">;

/** Appends to the run's hash-chained log; the loser of a race for a number takes the next. */
export function appendAudit(store: ObjectStore, runId: string, event: NewEvent, now?: Date): Promise<AuditEvent> {
  return appendAuditTo(store, objectNames.auditFolder(runId), event, now);
}

/** The same to the log in any folder of a store. @param folder ends with a slash */
export async function appendAuditTo(
  store: ObjectStore,
  folder: string,
  event: NewEvent,
  now = new Date(),
): Promise<AuditEvent> {
  let previous: { sequence: number; sha256: string } = await auditHead(store, folder);
  for (;;) {
    const written: AuditEvent = {
      sequence: previous.sequence + 1,
      at: now.toISOString(),
      ...event,
      previousSha256: previous.sha256,
    };
    try {
      await store.putOnce(`${folder}${String(written.sequence).padStart(6, "0")}.json`, jsonBytes(written));
      return written;
    } catch (error) {
      if (codeOf(error) !== "STORAGE_CONFLICT") throw error;
      previous = await auditHead(store, folder);
    }
  }
}

/** The run's events in order, and whether the chain is whole. */
export function readAudit(store: ObjectStore, runId: string): Promise<{ events: AuditEvent[]; isWhole: boolean }> {
  return readAuditIn(store, objectNames.auditFolder(runId));
}

/** The same of the log in any folder of a store. */
export async function readAuditIn(
  store: ObjectStore,
  folder: string,
): Promise<{ events: AuditEvent[]; isWhole: boolean }> {
  const events: AuditEvent[] = [];
  let isWhole = true;
  let sha256 = "0".repeat(64);
  for await (const name of store.list(folder)) {
    const event = await readJson(store, name, auditEventSchema);
    if (!event) continue;
    isWhole &&= event.previousSha256 === sha256 && event.sequence === events.length + 1;
    sha256 = sha256Of(event);
    events.push(event);
  }
  return { events, isWhole };
}

/** Of the log only its end is read, however long it is. */
async function auditHead(store: ObjectStore, folder: string): Promise<{ sequence: number; sha256: string }> {
  let lastName: string | undefined;
  for await (const name of store.list(folder)) lastName = name;
  const last = lastName === undefined ? undefined : await readJson(store, lastName, auditEventSchema);
  return last ? { sequence: last.sequence, sha256: sha256Of(last) } : { sequence: 0, sha256: "0".repeat(64) };
}

function sha256Of(event: AuditEvent): string {
  return createHash("sha256").update(jsonBytes(event)).digest("hex");
}
