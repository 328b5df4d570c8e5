import { createHmac } from "node:crypto";

/** Replacements that are a function of a secret key and of what they replace: the same in every file, and nobody's without the key. */
export interface Pseudonyms {
  /** A valid UID for whatever stood in a UID's place; well-known UIDs (PS3.6 annex A) stay. */
  uid(text: string): string;
  patientId(text: string): string;
  /** By how many days a patient's dates go back, 1 to 3650. */
  daysBack(patient: string): number;
  /** Names the key without telling it, so that a folder is not written with two. */
  fingerprint: string;
}

const wellKnown = /^1\.2\.840\.10008(\.\d+)+$/;

/** Pseudonyms under a key of at least 32 random bytes: HMAC-SHA256, with a purpose in front of each text. */
export function createPseudonyms(key: Uint8Array): Pseudonyms {
  const digest = (purpose: string, text: string): Buffer =>
    createHmac("sha256", key).update(`${purpose}\0`).update(text, "latin1").digest();
  return {
    uid: (text) => (wellKnown.test(text) ? text : uuidUid(digest("uid", text))),
    patientId: (text) => `P${digest("patient", text).toString("hex").slice(0, 20).toUpperCase()}`,
    daysBack: (patient) => 1 + (digest("days", patient).readUInt32BE() % 3650),
    fingerprint: digest("fingerprint", "").toString("hex").slice(0, 16),
  };
}

/** A UID of a UUID, PS3.5 section B.2: `2.25.` and the UUID as a decimal number. Version 8, RFC 9562: made in a way of one's own. */
function uuidUid(digest: Buffer): string {
  const uuid = Buffer.from(digest.subarray(0, 16));
  uuid.writeUInt8((uuid.readUInt8(6) & 0x0f) | 0x80, 6);
  uuid.writeUInt8((uuid.readUInt8(8) & 0x3f) | 0x80, 8);
  return `2.25.${BigInt(`0x${uuid.toString("hex")}`)}`;
}
