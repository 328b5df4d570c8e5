import { Argument, Option, type Command } from "commander";
import { changeUsers, hashPassword, readUsers, roleNames, userNameSchema, type Role, type User } from "@mammoflow/http";
import { appendUsersAudit } from "@mammoflow/jobs";
import { AppError, loadSettings, UsageError, usersFileOf, whoAmI } from "@mammoflow/runtime";
import { openStore } from "@mammoflow/storage";
import { askNewPassword } from "../ask-password.ts";
import { print, printJson } from "../terminal.ts";

export function configure(command: Command): void {
  const role = () => new Argument("<role>", "what they may do").choices(roleNames);
  command
    .command("list", { isDefault: true })
    .description("who may sign in, and as what")
    .option("--json", "print JSON")
    .action(list);
  command
    .command("add")
    .description("let somebody in, or give them a new password; it is asked for, or read from standard input")
    .argument("<name>", "of up to 64 small letters, digits, dots and dashes")
    .addOption(new Option("--role <role>", "what they may do").choices(roleNames).makeOptionMandatory())
    .action((name: string, options: { role: Role }) => add(name, options.role));
  command
    .command("remove")
    .description("let somebody in no more; it holds at once")
    .argument("<name>", "who")
    .action(remove);
  command
    .command("role")
    .description("change what somebody may do; it holds at once")
    .argument("<name>", "who")
    .addArgument(role())
    .action(changeRole);
  command.addHelpText(
    "after",
    `
Roles:
  viewer    sees runs, reports and queues
  operator  starts, stops, retries and resumes runs, too
  auditor   sees what a viewer sees and the audit log, and changes nothing
  admin     all of it

Example:
  mammoflow users add anna --role operator

The file is MAMMOFLOW_USERS, users.json in MAMMOFLOW_HOME unless set; it holds scrypt hashes. docs/dashboard.md says more.`,
  );
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const users = (await readUsers(usersFile())).map(({ name, role }) => ({ name, role }));
  if (json) return printJson(users);
  for (const { name, role } of users) print(`${name.padEnd(24)} ${role}`);
  if (users.length === 0) print(`${usersFile()} holds no users: \`mammoflow users add NAME --role admin\` makes one.`);
}

async function add(given: string, role: Role): Promise<void> {
  const name = userNameSchema.safeParse(given);
  if (!name.success)
    throw new UsageError(`${JSON.stringify(given)} cannot be a name: ${name.error.issues[0]?.message}.`);
  const user: User = { name: name.data, role, password: await hashPassword(await askNewPassword(name.data)) };
  await change("user-added", user, (users) => [...users.filter((each) => each.name !== user.name), user]);
  print(`${user.name} may sign in as ${role}.`);
}

async function remove(name: string): Promise<void> {
  const { role } = await find(name);
  await change("user-removed", { name, role }, (users) => users.filter((each) => each.name !== name));
  print(`${name} may sign in no more.`);
}

async function changeRole(name: string, role: Role): Promise<void> {
  await find(name);
  await change("user-role", { name, role }, (users) =>
    users.map((each) => (each.name === name ? { ...each, role } : each)),
  );
  print(`${name} is ${role} now.`);
}

async function find(name: string): Promise<User> {
  const user = (await readUsers(usersFile())).find((each) => each.name === name);
  if (user) return user;
  throw new AppError({
    code: "USER_UNKNOWN",
    message: `${usersFile()} holds no user ${name}: \`mammoflow users list\` shows who there is.`,
  });
}

/** The change, then its place in the log beside the file. */
async function change(
  action: string,
  { name, role }: Pick<User, "name" | "role">,
  how: (users: User[]) => User[],
): Promise<void> {
  await changeUsers(usersFile(), how);
  await appendUsersAudit(openStore, usersFile(), { who: whoAmI(loadSettings()), action, facts: { name, role } });
}

function usersFile(): string {
  return usersFileOf(loadSettings());
}
