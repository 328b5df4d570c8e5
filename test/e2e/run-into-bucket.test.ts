import assert from "node:assert/strict";
import { join } from "node:path";
import { writePhantomDataset } from "@mammoflow/dataset";
import { objectNames } from "@mammoflow/jobs";
import { openStore } from "@mammoflow/storage";
import { runCli } from "../support/cli.ts";
import { copyToBucket } from "../support/copy-to-bucket.ts";
import { useGcsEmulator } from "../support/gcs-emulator.ts";
import { redis, skipUnless, weights } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("a run from a bucket into a bucket", function () {
  this.timeout(240_000);
  const emulator = useGcsEmulator();
  const folder = useTemporaryFolder();

  it("leaves images, model and report there", async function () {
    skipUnless(this, redis);
    skipUnless(this, weights);
    const data = join(folder.path, "data");
    await writePhantomDataset({ out: data, studies: 8, scale: 0.05, seed: 4 });
    const address = `gs://${emulator.bucket}/phantoms`;
    await copyToBucket(data, address, emulator.endpoint);
    const out = `gs://${emulator.bucket}/studies`;
    const submit = await runCli(
      [
        "submit",
        address,
        "--out",
        out,
        "--name",
        "run",
        "--models",
        "efficientnet-lite0",
        "--imbalance",
        "sampler",
        "--baselines",
        "none",
        "--size",
        "64",
        "--protocol",
        "study",
        "--json",
      ],
      { MAMMOFLOW_HOME: join(folder.path, "home"), STORAGE_EMULATOR_HOST: emulator.endpoint },
    );
    assert.equal(submit.code, 0, submit.stderr);
    const outcome = JSON.parse(submit.stdout) as { state: string; completed: number; models: string[] };
    assert.deepEqual([outcome.state, outcome.completed], ["done", 8]);
    assert.deepEqual(outcome.models, [`${out}/runs/run/models/efficientnet-lite0-sampler-head-s1/model`]);
    const store = openStore(out, emulator.endpoint);
    const report = (await store.get(objectNames.report("run")))?.bytes.toString() ?? "";
    assert.match(report, /Research use only/);
    // The pictures beside each other show originals, from the bucket.
    assert.ok((report.match(/data:image\/png/g) ?? []).length >= 2);
    let images = 0;
    for await (const name of store.list("runs/run/images/")) if (name.endsWith(".png")) images++;
    assert.equal(images, 32);
  });
});
