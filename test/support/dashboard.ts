import { join } from "node:path";
import { createDashboard, type Dashboard, type DashboardOptions } from "@mammoflow/dashboard/server";
import { changeUsers, hashPassword, type Role } from "@mammoflow/http";
import type { Queues } from "@mammoflow/jobs";
import { createLogger } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";

/** A dashboard on a free port of loopback; its own log and its users lie in the folder. */
export function startDashboard(
  queues: Queues,
  folder: string,
  others: Partial<DashboardOptions> = {},
): Promise<Dashboard> {
  return createDashboard({
    queues,
    openStore,
    log: createLogger("test", "silent"),
    host: "127.0.0.1",
    port: 0,
    usersFile: join(folder, "users.json"),
    auditStore: openStore(folder),
    who: "test",
    allowActions: false,
    start: { dataRoots: undefined, out: undefined, environment: {} },
    ...others,
  });
}

/** @returns the file; each one's password is `${name}-password` */
export async function writeUsers(folder: string, roles: Record<string, Role>): Promise<string> {
  const file = join(folder, "users.json");
  const users = await Promise.all(
    Object.entries(roles).map(async ([name, role]) => ({
      name,
      role,
      password: await hashPassword(`${name}-password`),
    })),
  );
  await changeUsers(file, () => users);
  return file;
}
