import { createHash } from "node:crypto";
import { AppError } from "@mammoflow/runtime";
import { TryLaterError } from "../failures.ts";
import { isPassword } from "./passwords.ts";
import type { Role } from "./roles.ts";
import { createSessions } from "./sessions.ts";
import { createSignInLimit, type SignInLimitOptions } from "./sign-in-limit.ts";
import { followUsers, type User } from "./users-file.ts";

export interface Person {
  name: string;
  role: Role;
  /** False of who uses a service that asks nobody to sign in, because only this machine reaches it. */
  isSignedIn: boolean;
}

/** Something that a person did, for the audit log. */
export interface PersonEvent {
  who: string;
  action: "signed-in" | "sign-in-refused" | "signed-out";
  facts: { address: string };
}

export interface People {
  /**
   * Who sends this secret; undefined of somebody who has to sign in.
   *
   * @throws AppError `USERS_FILE`
   */
  find(secret: string | undefined): Promise<Person | undefined>;
  /**
   * @returns the secret for the browser
   * @throws AppError `SIGN_IN_REFUSED`; TryLaterError `SIGN_IN_LIMITED`
   */
  signIn(attempt: { name: string; password: string; address: string }): Promise<string>;
  signOut(secret: string, address: string): Promise<void>;
}

export interface PeopleOptions {
  usersFile: string;
  /** Who somebody is while the file holds no users; undefined: then nobody gets in. */
  withoutUsers: Person | undefined;
  record: (event: PersonEvent) => Promise<void>;
  limit?: SignInLimitOptions;
}

/** Who may use a service: the users of a file, whose changes hold from the next request on. */
export function createPeople({ usersFile, withoutUsers, record, limit: limits }: PeopleOptions): People {
  const users = followUsers(usersFile);
  const sessions = createSessions();
  const limit = createSignInLimit(limits);
  // Who removes the last user shuts the door; a restart opens it.
  let hadUsers = false;

  const find = async (secret: string | undefined): Promise<Person | undefined> => {
    const known = await users.read();
    hadUsers ||= known.length > 0;
    if (!hadUsers) return withoutUsers;
    const session = secret === undefined ? undefined : sessions.find(secret);
    const user = session && known.find(({ name }) => name === session.name);
    return user && proofOf(user) === session.proof ? { name: user.name, role: user.role, isSignedIn: true } : undefined;
  };

  return {
    find,
    async signIn({ name: given, password, address }) {
      const name = given.trim().toLowerCase();
      const waitSeconds = limit.take(name, address);
      if (waitSeconds !== undefined)
        throw new TryLaterError({
          code: "SIGN_IN_LIMITED",
          message: `Too many attempts to sign in: try again in ${Math.ceil(waitSeconds / 60)} min.`,
          retryAfterS: waitSeconds,
        });
      const user = (await users.read()).find((each) => each.name === name);
      const isRight = await isPassword(password, user?.password);
      // A name that nobody has may be a password in the wrong field: it is not kept.
      const who = user?.name ?? "unknown";
      await record({ who, action: isRight ? "signed-in" : "sign-in-refused", facts: { address } });
      if (!user || !isRight)
        throw new AppError({ code: "SIGN_IN_REFUSED", message: "Name and password do not belong together." });
      limit.forgive(name, address);
      return sessions.open({ name: user.name, proof: proofOf(user) });
    },
    async signOut(secret, address) {
      const person = await find(secret);
      sessions.close(secret);
      if (person?.isSignedIn) await record({ who: person.name, action: "signed-out", facts: { address } });
    },
  };
}

function proofOf({ password }: User): string {
  return createHash("sha256").update(password).digest("base64");
}
