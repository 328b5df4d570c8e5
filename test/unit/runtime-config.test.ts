import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadSettings, settingsEnvironment, UsageError } from "@mammoflow/runtime";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("settings", () => {
  const folder = useTemporaryFolder();

  it("come from flags over environment over mammoflow.yaml over defaults", () => {
    writeFileSync(join(folder.path, "mammoflow.yaml"), "concurrency: 3\ndashboardPort: 4000\nlogLevel: warn\n");
    const environment = { MAMMOFLOW_CONCURRENCY: "5", MAMMOFLOW_DASHBOARD_PORT: "5000" };
    const settings = loadSettings({ concurrency: 7 }, environment, folder.path);
    assert.deepEqual(
      [settings.concurrency, settings.dashboardPort, settings.logLevel, settings.highWaterMark],
      [7, 5000, "warn", 20_000],
    );
  });

  it("name the setting, its variable, what it is and what would do when a value cannot be used", () => {
    assert.throws(
      () => loadSettings({}, { MAMMOFLOW_CONCURRENCY: "many" }, folder.path),
      (error: unknown) =>
        error instanceof UsageError &&
        /concurrency.*MAMMOFLOW_CONCURRENCY: images that one preprocess worker.*for example 4,/.test(error.message),
    );
  });

  it("name a setting that does not exist", () => {
    writeFileSync(join(folder.path, "mammoflow.yaml"), "concurency: 3\n");
    assert.throws(() => loadSettings({}, {}, folder.path), /concurency/);
  });

  it("reach child processes unchanged through the environment", () => {
    writeFileSync(join(folder.path, "mammoflow.yaml"), "");
    const settings = loadSettings({ concurrency: 9, dashboardActions: true, redisUrl: "unix:///x" }, {}, folder.path);
    assert.deepEqual(loadSettings({}, settingsEnvironment(settings), folder.path), settings);
  });

  it("put the password of a file into the queue's address, whatever signs it has", () => {
    const file = join(folder.path, "password");
    writeFileSync(file, "p@ss/w:rd%\n");
    const environment = { REDIS_URL: "redis://queue:6379/2", REDIS_PASSWORD_FILE: file };
    const { redisUrl } = loadSettings({}, environment, "/");
    assert.equal(redisUrl, "redis://:p%40ss%2Fw%3Ard%25@queue:6379/2");
    assert.equal(loadSettings({}, { ...environment, REDIS_URL: redisUrl }, "/").redisUrl, redisUrl);
  });

  it("name the file of a password that cannot be read", () => {
    const environment = { REDIS_URL: "redis://queue:6379", REDIS_PASSWORD_FILE: join(folder.path, "nothing") };
    assert.throws(
      () => loadSettings({}, environment, "/"),
      (error: unknown) => error instanceof UsageError && /nothing.*REDIS_PASSWORD_FILE/.test(error.message),
    );
  });
});
