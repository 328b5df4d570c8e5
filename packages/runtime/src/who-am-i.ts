import { userInfo } from "node:os";
import type { Settings } from "./config.ts";

/** Whose name audit logs get: the one that is set, else the account's; a container may run under a number that no account has. */
export function whoAmI({ who }: Pick<Settings, "who">): string {
  if (who !== undefined) return who;
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.()}`;
  }
}
