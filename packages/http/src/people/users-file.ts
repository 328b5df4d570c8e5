import { z } from "zod";
import { createKeptFile, type KeptFile } from "../kept-file.ts";
import { keptPasswordPattern } from "./passwords.ts";
import { roleNames } from "./roles.ts";

export const userNameSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._@-]{0,63}$/,
    "a name has up to 64 small letters, digits, dots, dashes, underscores and @, and begins with a letter or a digit",
  );

const userSchema = z.strictObject({
  name: userNameSchema,
  role: z.enum(roleNames),
  password: z.string().regex(keptPasswordPattern, "this is not how a password is kept"),
});
export type User = z.infer<typeof userSchema>;

/**
 * The users of a file, read anew whenever it was changed, so that who is removed is out at once; none where there is no file.
 *
 * @throws AppError `USERS_FILE` when it cannot be read or written, or holds something else
 */
export function followUsers(file: string): { read(): Promise<User[]> } {
  const kept = openUsers(file);
  return { read: async () => (await kept.read()).users };
}

/** The users that a file holds now. @throws AppError `USERS_FILE` */
export function readUsers(file: string): Promise<User[]> {
  return followUsers(file).read();
}

/** Changes the file as a whole or not at all; others than its owner cannot read it. @throws AppError `USERS_FILE` */
export function changeUsers(file: string, change: (users: User[]) => User[]): Promise<void> {
  return openUsers(file).change(({ users }) => ({
    users: change(users).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }));
}

function openUsers(file: string): KeptFile<{ users: User[] }> {
  return createKeptFile({
    file,
    schema: z.strictObject({ users: z.array(userSchema) }),
    empty: { users: [] },
    code: "USERS_FILE",
    what: "the users",
    advice:
      "correct its rights, or name another by MAMMOFLOW_USERS; `mammoflow users add NAME --role admin` makes one.",
  });
}
