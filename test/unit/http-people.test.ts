import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeUsers, createPeople, hashPassword, readUsers, type People, type PersonEvent } from "@mammoflow/http";
import { createSessions } from "../../packages/http/src/people/sessions.ts";
import { createSignInLimit } from "../../packages/http/src/people/sign-in-limit.ts";
import { isPassword } from "../../packages/http/src/people/passwords.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

const minute = 60_000;

describe("people", function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();

  it("keep of a password what does not tell it, and know it again however its letters are composed", async () => {
    const kept = await hashPassword("sch\u00f6nes Kennwort");
    assert.doesNotMatch(kept, /Kennwort/);
    assert.notEqual(kept, await hashPassword("sch\u00f6nes Kennwort"), "the salt is new each time");
    assert.equal(await isPassword("scho\u0308nes Kennwort", kept), true);
    assert.equal(await isPassword("schones Kennwort", kept), false);
    assert.equal(await isPassword("anything", undefined), false);
  });

  it("stand in a file that only its owner reads, which changes whole or not at all", async () => {
    const file = join(folder.path, "new", "users.json");
    const password = await hashPassword("a long password");
    await changeUsers(file, () => [{ name: "anna", role: "viewer", password }]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const before = readFileSync(file, "utf8");
    await assert.rejects(
      changeUsers(file, () => {
        throw new Error("changed my mind");
      }),
    );
    assert.equal(readFileSync(file, "utf8"), before);
    assert.deepEqual(
      (await readUsers(file)).map(({ name, role }) => [name, role]),
      [["anna", "viewer"]],
    );
  });

  it("are nobody where there is no file, and an error where it holds something else", async () => {
    assert.deepEqual(await readUsers(join(folder.path, "none.json")), []);
    for (const content of ["", "[]", '{"users":[{"name":"anna","role":"king","password":"x"}]}']) {
      const file = join(folder.path, "broken.json");
      writeFileSync(file, content);
      await assert.rejects(readUsers(file), { code: "USERS_FILE", message: /broken\.json.*mammoflow users add/ });
    }
  });

  it("may go on with a session for an hour after their last request and half a day in all", () => {
    let nowMs = 0;
    const sessions = createSessions(() => nowMs);
    const secret = sessions.open({ name: "anna", proof: "p" });
    assert.match(secret, /^[\w-]{43}$/);
    for (; nowMs < 11.5 * 60 * minute; nowMs += 50 * minute) assert.ok(sessions.find(secret), `after ${nowMs} ms`);
    nowMs = 12 * 60 * minute;
    assert.equal(sessions.find(secret), undefined);
    const idle = sessions.open({ name: "anna", proof: "p" });
    nowMs += 60 * minute;
    assert.equal(sessions.find(idle), undefined);
    const closed = sessions.open({ name: "anna", proof: "p" });
    sessions.close(closed);
    assert.equal(sessions.find(closed), undefined);
  });

  it("may try so often for a name from anywhere, and from an address for any name, until time has passed", () => {
    let nowMs = 0;
    const limit = createSignInLimit({ perName: 3, perAddress: 5, windowMs: 10 * minute }, () => nowMs);
    for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) assert.equal(limit.take("anna", address), undefined);
    assert.equal(limit.take("anna", "10.0.0.4"), 600);
    nowMs = 4 * minute;
    assert.equal(limit.take("anna", "10.0.0.5"), 360);
    nowMs = 10 * minute;
    assert.equal(limit.take("anna", "10.0.0.6"), undefined);
    for (let name = 0; name < 5; name++) assert.equal(limit.take(`name-${name}`, "2001:db8::1"), undefined);
    // Another address of the same household.
    assert.equal(limit.take("bert", "2001:db8:0:0:ffff::2"), 600);
    assert.equal(limit.take("bert", "2001:db8:0:1::2"), undefined);
  });

  it("are counted only for what goes wrong", () => {
    const limit = createSignInLimit({ perName: 2, perAddress: 2, windowMs: minute }, () => 0);
    for (let day = 0; day < 10; day++) {
      assert.equal(limit.take("anna", "10.0.0.1"), undefined);
      limit.forgive("anna", "10.0.0.1");
    }
  });

  describe("of a service", () => {
    const events: PersonEvent[] = [];
    let file: string;
    const open = (): People =>
      createPeople({
        usersFile: file,
        withoutUsers: { name: "here", role: "admin", isSignedIn: false },
        record: async (event) => void events.push(event),
      });
    const anna = { name: "anna", password: "a long password", address: "10.0.0.1" };

    beforeEach(async () => {
      events.length = 0;
      file = join(folder.path, `${Math.random()}.json`);
      const password = await hashPassword(anna.password);
      await changeUsers(file, () => [{ name: "anna", role: "operator", password }]);
    });

    it("are who the cookie says, with the role that the file gives them now", async () => {
      const people = open();
      assert.equal(await people.find(undefined), undefined);
      const secret = await people.signIn(anna);
      assert.deepEqual(await people.find(secret), { name: "anna", role: "operator", isSignedIn: true });
      await changeUsers(file, (users) => users.map((user) => ({ ...user, role: "viewer" })));
      assert.equal((await people.find(secret))?.role, "viewer");
      await people.signOut(secret, anna.address);
      assert.equal(await people.find(secret), undefined);
      assert.deepEqual(
        events.map(({ who, action }) => `${who} ${action}`),
        ["anna signed-in", "anna signed-out"],
      );
    });

    it("are out with a new password, and do not get in again because the last user is removed", async () => {
      const people = open();
      const secret = await people.signIn(anna);
      const password = await hashPassword("another password");
      await changeUsers(file, (users) => users.map((user) => ({ ...user, password })));
      assert.equal(await people.find(secret), undefined);
      await changeUsers(file, () => []);
      assert.ok(existsSync(file));
      assert.equal(await people.find(undefined), undefined);
    });

    it("have to sign in as soon as there is a user", async () => {
      const users = await readUsers(file);
      await changeUsers(file, () => []);
      const people = open();
      assert.equal((await people.find(undefined))?.name, "here");
      await changeUsers(file, () => users);
      assert.equal(await people.find(undefined), undefined);
    });
  });
});
