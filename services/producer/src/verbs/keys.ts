import { InvalidArgumentError, type Command } from "commander";
import { openApiKeys, scopes, type ApiKey, type ApiKeys, type Scope } from "@mammoflow/http";
import { loadSettings } from "@mammoflow/runtime";
import { someOf, wholeNumber } from "../options.ts";
import { note, print, printJson } from "../terminal.ts";

interface KeysOptions {
  keys?: string;
  json?: boolean;
}

export function configure(command: Command): void {
  command.addHelpText(
    "after",
    "\nExamples:\n  mammoflow keys add reading-room\n  mammoflow keys add dashboard --scopes read --days 90\n  mammoflow keys revoke reading-room\n\nA server follows the file: what is revoked is refused from the next request on.",
  );
  withFile(command.command("add").description("make a key; it is shown once and kept as a hash"))
    .argument("<name>", "whom or what it is for", keyName)
    .option("--scopes <list>", `what it is for: ${scopes.join(", ")}`, someOf(scopes), [...scopes])
    .option("--days <n>", "after so many it does not hold any more", wholeNumber(1))
    .action(addKey);
  withFile(command.command("list").description("the keys, without what is secret")).action(listKeys);
  withFile(command.command("revoke").description("make a key worthless"))
    .argument("<name or id>", "as `keys list` shows them")
    .action(revokeKey);
}

function withFile(command: Command): Command {
  return command
    .option("--keys <file>", "where they are kept; unset: MAMMOFLOW_API_KEYS, else a file in your home")
    .option("--json", "print JSON");
}

async function addKey(name: string, options: KeysOptions & { scopes: Scope[]; days?: number }): Promise<void> {
  const { scopes: wanted, days, json } = options;
  const { file, keys } = openKeys(options);
  const { text, key } = await keys.add({ name, scopes: wanted, ...(days !== undefined && { days }) });
  if (json) return printJson({ key: text, ...shown(key) });
  print(text);
  note(`This is the key of ${name}, for ${wanted.join(", ")}; it is not shown again. ${file} holds its hash.`);
}

async function listKeys(options: KeysOptions): Promise<void> {
  const { file, keys } = openKeys(options);
  const all = (await keys.list()).map(shown);
  if (options.json) return printJson({ keys: all });
  for (const { id, name, scopes: ofKey, state } of all) print(`${id}  ${name}  ${ofKey.join(",")}  ${state}`);
  if (all.length === 0) note(`${file} holds no keys: \`mammoflow keys add NAME\` makes one.`);
}

async function revokeKey(idOrName: string, options: KeysOptions): Promise<void> {
  const revoked = (await openKeys(options).keys.revoke(idOrName)).map(shown);
  if (options.json) return printJson({ revoked });
  for (const { id, name } of revoked) print(`${id}  ${name} does not hold any more`);
}

function openKeys({ keys }: KeysOptions): { file: string; keys: ApiKeys } {
  const { apiKeys } = loadSettings(keys === undefined ? {} : { apiKeys: keys });
  return { file: apiKeys, keys: openApiKeys(apiKeys) };
}

/** A key as it may be seen. */
function shown({ hash: _, ...key }: ApiKey): Omit<ApiKey, "hash"> & { state: string } {
  const { revokedAt, expiresAt } = key;
  if (revokedAt !== undefined) return { ...key, state: `revoked ${revokedAt}` };
  if (expiresAt === undefined) return { ...key, state: "holds" };
  return { ...key, state: expiresAt <= new Date().toISOString() ? `expired ${expiresAt}` : `holds until ${expiresAt}` };
}

function keyName(text: string): string {
  if (/^[\w.@ -]{1,100}$/.test(text)) return text;
  throw new InvalidArgumentError("Give up to 100 letters, digits, spaces, dots, dashes, underscores or @.");
}
