import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readAuditIn } from "@mammoflow/jobs";
import { openStore } from "@mammoflow/storage";
import { runCli, type CliResult } from "../support/cli.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("mammoflow users", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  /** With a password on standard input, as `users add` takes it where there is no terminal. */
  const users = async (words: string[], input = ""): Promise<CliResult> => {
    const file = join(folder.path, "input");
    writeFileSync(file, input);
    const opened = openSync(file, "r");
    const settings = { MAMMOFLOW_USERS: join(folder.path, "users.json"), MAMMOFLOW_WHO: "root" };
    return runCli(["users", ...words], settings, opened).finally(() => closeSync(opened));
  };

  it("adds, shows, changes and removes people, and logs who did", async () => {
    assert.match((await users(["list"])).stdout, /mammoflow users add NAME --role admin/);
    const added = await users(["add", "anna", "--role", "operator"], "a long password\n");
    assert.deepEqual([added.code, added.stdout], [0, "anna may sign in as operator.\n"]);
    assert.doesNotMatch(readFileSync(join(folder.path, "users.json"), "utf8"), /a long password/);
    assert.equal((await users(["role", "anna", "auditor"])).code, 0);
    assert.deepEqual(JSON.parse((await users(["list", "--json"])).stdout), [{ name: "anna", role: "auditor" }]);
    assert.equal((await users(["remove", "anna"])).code, 0);
    assert.equal((await users(["list", "--json"])).stdout, "[]\n");
    const { events, isWhole } = await readAuditIn(openStore(folder.path), "users.json-audit/");
    assert.ok(isWhole);
    assert.deepEqual(
      events.map(({ who, action, facts }) => [who, action, facts["role"]]),
      [
        ["root", "user-added", "operator"],
        ["root", "user-role", "auditor"],
        ["root", "user-removed", "auditor"],
      ],
    );
  });

  it("refuses short passwords, names that cannot be, roles that are none, and people whom it does not know", async () => {
    for (const [words, input, code, sentence] of [
      [["add", "bert", "--role", "viewer"], "short\n", 2, /10 characters or more/],
      [["add", "Bert Meier", "--role", "viewer"], "a long password\n", 2, /"Bert Meier" cannot be a name/],
      [["add", "bert", "--role", "king"], "a long password\n", 2, /viewer, operator, auditor, admin/],
      [["add", "bert"], "a long password\n", 2, /--role/],
      [["remove", "bert"], "", 1, /no user bert.*mammoflow users list/],
      [["role", "bert", "admin"], "", 1, /no user bert/],
    ] as const) {
      const refused = await users([...words], input);
      assert.equal(refused.code, code, words.join(" "));
      assert.match(refused.stderr, sentence);
    }
  });
});
