import assert from "node:assert/strict";
import { UsageError } from "@mammoflow/runtime";
import { requireShared } from "../../services/producer/src/require-shared.ts";

describe("addresses that workers elsewhere open", () => {
  const check = (address: string, sharedFolders?: string): void =>
    requireShared([{ what: "the data set", address }], { sharedFolders });

  it("may be anything where workers see what this process sees", () => check("/home/me/vindr"));

  it("may lie in a shared folder or a bucket", () => {
    for (const address of ["/data", "/data/vindr", "/phantoms/p1", "file:///data/x", "gs://bucket/vindr", "/data/..x"])
      check(address, "/data:/phantoms");
  });

  it("are refused elsewhere, also beside a shared folder or by way of one", () => {
    for (const address of ["/home/me/vindr", "/database", "/data/../home", "relative", "/"])
      assert.throws(
        () => check(address, "/data:/phantoms"),
        (error: unknown) => error instanceof UsageError && error.message.includes(`the data set ${address}: they see`),
      );
  });
});
