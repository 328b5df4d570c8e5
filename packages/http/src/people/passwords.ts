import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** OWASP's password storage cheat sheet, scrypt with 32 MiB: N = 2^15, r = 8, p = 3. */
const usual = { cost: 2 ** 15, blockSize: 8, parallelization: 3 };
const keyBytes = 32;

/** How a password is kept: `scrypt$32768$8$3$salt$key`, both in base64. */
export const keptPasswordPattern = /^scrypt\$\d{4,7}\$\d{1,2}\$\d{1,2}\$[A-Za-z0-9+/=]{16,64}\$[A-Za-z0-9+/=]{43,88}$/;

/** What is kept of a password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const key = await derive(password, salt, usual);
  const { cost, blockSize, parallelization } = usual;
  return ["scrypt", cost, blockSize, parallelization, salt.toString("base64"), key.toString("base64")].join("$");
}

/**
 * Whether this is the password of which `kept` is kept.
 *
 * @param kept undefined of somebody who is not known: takes as long, so that the time tells nobody who is known
 */
export async function isPassword(password: string, kept: string | undefined): Promise<boolean> {
  if (kept === undefined) {
    await derive(password, Buffer.alloc(16), usual);
    return false;
  }
  const [, cost, blockSize, parallelization, salt = "", key = ""] = kept.split("$");
  const wanted = Buffer.from(key, "base64");
  const found = await derive(
    password,
    Buffer.from(salt, "base64"),
    { cost: Number(cost), blockSize: Number(blockSize), parallelization: Number(parallelization) },
    wanted.length,
  );
  return timingSafeEqual(found, wanted);
}

/** In the thread pool, so that other requests go on meanwhile. Unicode is normalised: the same letters are the same password. */
function derive(password: string, salt: Buffer, parameters: typeof usual, length = keyBytes): Promise<Buffer> {
  const maxmem = 2 * 128 * parameters.cost * parameters.blockSize;
  return new Promise((resolve, reject) =>
    scrypt(password.normalize("NFKC"), salt, length, { ...parameters, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
}
