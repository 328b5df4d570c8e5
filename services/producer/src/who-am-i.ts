import { userInfo } from "node:os";

/** A container may run under a number that no account has. */
export function whoAmI(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.()}`;
  }
}
