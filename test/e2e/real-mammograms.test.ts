import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readDicom } from "@mammoflow/dicom";
import { runCli } from "../support/cli.ts";
import { dicomFiles, readDicomFile } from "../support/dicom-files.ts";
import { redis, skipUnless, weights } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

describe("a data set of real mammograms in VinDr-Mammo's layout", function () {
  this.timeout(240_000);
  const folder = useTemporaryFolder();

  it("goes through submit to a report", async function () {
    skipUnless(this, dicomFiles);
    skipUnless(this, redis);
    skipUnless(this, weights);
    const data = join(folder.path, "data");
    const names = ["MG1_J2KI.dcm", "MG1_JPLY.dcm"];
    const md5 = (text: string): string => createHash("md5").update(text).digest("hex");
    const rows = [
      "study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density,split",
    ];
    for (let study = 0; study < 8; study++) {
      const studyId = md5(`study ${study}`);
      mkdirSync(join(data, "images", studyId), { recursive: true });
      names.forEach((name, index) => {
        const imageId = md5(`image ${study} ${index}`);
        const { rows: height, columns: width } = readDicom(readDicomFile(name), name);
        writeFileSync(join(data, "images", studyId, `${imageId}.dicom`), readDicomFile(name));
        rows.push(
          [
            studyId,
            md5(`series ${study}`),
            imageId,
            "L",
            index === 0 ? "CC" : "MLO",
            height,
            width,
            study % 2 === 0 ? "BI-RADS 2" : "BI-RADS 4",
            "DENSITY B",
            study < 6 ? "training" : "test",
          ].join(","),
        );
      });
    }
    writeFileSync(join(data, "breast-level_annotations.csv"), `${rows.join("\n")}\n`);

    const submit = await runCli(
      [
        "submit",
        data,
        "--out",
        join(folder.path, "out"),
        "--models",
        "efficientnet-lite0",
        "--imbalance",
        "sampler",
        "--baselines",
        "none",
        "--epochs",
        "2",
        "--json",
      ],
      { MAMMOFLOW_HOME: join(folder.path, "home") },
    );
    assert.equal(submit.code, 0, submit.stderr);
    const outcome = JSON.parse(submit.stdout) as {
      state: string;
      completed: number;
      failed: number;
      report: string;
      summary: { experiments: unknown[] };
    };
    assert.deepEqual(
      [outcome.state, outcome.completed, outcome.failed, outcome.summary.experiments.length],
      ["done", 8, 0, 1],
    );
    assert.match(readFileSync(outcome.report, "utf8"), /EfficientNet-Lite0/);
  });
});
