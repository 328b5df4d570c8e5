import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { AppError } from "@mammoflow/runtime";
import { z } from "zod";
import { createKeptFile } from "./kept-file.ts";

/** What a key may be used for. */
export const scopes = ["predict", "explain", "read"] as const;
export type Scope = (typeof scopes)[number];

const keySchema = z.strictObject({
  /** Stands in the key and in logs. */
  id: z.string().regex(/^[0-9a-f]{12}$/),
  /** Whom or what it is for. */
  name: z.string().min(1).max(100),
  scopes: z.array(z.enum(scopes)).min(1),
  /** sha256 of the whole key, which has 256 random bits: a slow hash would add nothing. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  madeAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
});

/** A key as it is kept. */
export type ApiKey = z.infer<typeof keySchema>;

export interface ApiKeys {
  /** Whether any key was ever made: what has a file of keys asks for one. */
  areKept(): Promise<boolean>;
  /** @throws AppError `KEYS_FILE` */
  list(): Promise<ApiKey[]>;
  /** @returns the key, which is nowhere kept, and what is kept of it */
  add(wanted: { name: string; scopes: Scope[]; days?: number }): Promise<{ text: string; key: ApiKey }>;
  /** @throws AppError `KEY_UNKNOWN` when there is no such id or name, or it was revoked before */
  revoke(idOrName: string): Promise<ApiKey[]>;
  /**
   * Who shows this `Authorization` header. Compares in constant time.
   *
   * @throws AppError `KEY_MISSING`, `KEY_REFUSED`, `KEY_SCOPE`, `KEYS_FILE`
   */
  check(authorization: string | undefined, scope: Scope): Promise<ApiKey>;
}

/** `mfk_ID_SECRET` */
const pattern = /^Bearer +(mfk_([0-9a-f]{12})_[\w-]{43})$/i;

/** The keys of a file; what `keys add` and `keys revoke` change holds from the next request on. */
export function openApiKeys(file: string, now: () => Date = () => new Date()): ApiKeys {
  const kept = createKeptFile({
    file,
    schema: z.strictObject({ keys: z.array(keySchema) }),
    empty: { keys: [] },
    code: "KEYS_FILE",
    what: "the API keys",
    advice: "correct its rights, or name another by MAMMOFLOW_API_KEYS.",
  });
  return {
    areKept: () => kept.exists(),
    list: async () => (await kept.read()).keys,
    async add({ name, scopes, days }) {
      const id = randomBytes(6).toString("hex");
      const text = `mfk_${id}_${randomBytes(32).toString("base64url")}`;
      const at = now();
      const key = keySchema.parse({
        id,
        name,
        scopes,
        hash: hashOf(text).toString("hex"),
        madeAt: at.toISOString(),
        ...(days !== undefined && { expiresAt: new Date(at.getTime() + days * 86_400_000).toISOString() }),
      });
      await kept.change(({ keys }) => ({ keys: [...keys, key] }));
      return { text, key };
    },
    async revoke(idOrName) {
      const revokedAt = now().toISOString();
      let revoked: ApiKey[] = [];
      await kept.change(({ keys }) => {
        const isMeant = (key: ApiKey): boolean =>
          key.revokedAt === undefined && (key.id === idOrName || key.name === idOrName);
        revoked = keys.filter(isMeant);
        if (revoked.length === 0)
          throw new AppError({
            code: "KEY_UNKNOWN",
            message: `No key that holds has the id or name ${idOrName}: \`mammoflow keys list\` shows them.`,
          });
        return { keys: keys.map((key) => (isMeant(key) ? { ...key, revokedAt } : key)) };
      });
      return revoked;
    },
    async check(authorization, scope) {
      if (authorization === undefined)
        throw new AppError({
          code: "KEY_MISSING",
          message: "Send an API key as `Authorization: Bearer KEY`; `mammoflow keys add NAME` makes one.",
        });
      const [, text = "", id] = pattern.exec(authorization) ?? [];
      const { keys } = await kept.read();
      const key = keys.find((each) => each.id === id);
      // Of an id that nobody has, the time tells nothing either.
      const isRight = timingSafeEqual(hashOf(text), key ? Buffer.from(key.hash, "hex") : Buffer.alloc(32));
      if (!key || !isRight || key.revokedAt !== undefined || (key.expiresAt ?? "9") <= now().toISOString())
        throw new AppError({
          code: "KEY_REFUSED",
          message: "This API key is not known here, was revoked, or has expired: ask for a new one.",
        });
      if (!key.scopes.includes(scope))
        throw new AppError({
          code: "KEY_SCOPE",
          message: `This API key is for ${key.scopes.join(", ")}, not for ${scope}: ask for one that is.`,
        });
      return key;
    },
  };
}

function hashOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
