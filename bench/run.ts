/**
 * How fast images are prepared and learnt from, beside others doing the same in the same run; README.md says how to get them and
 * how to read the tables.
 *
 *   npm run bench -- [--python FILE] [--only single-core,codecs,workers,learning,upload,serving] [--rounds 5] [--studies 10] [--write] [--json]
 *
 * `--write` puts the tables into the project's README and the chart into docs/images.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { writePhantomDataset } from "@mammoflow/dataset";
import { measureCodecs } from "./codecs.ts";
import { measureLearning } from "./learning.ts";
import { measureServing } from "./serving.ts";
import { measureSingleCore } from "./single-core.ts";
import { codecTable, learningTable, servingTable, singleCoreTable, workerTable } from "./tables.ts";
import { measureUpload, uploadTable } from "./upload.ts";
import { measureWorkers } from "./workers.ts";
import { writeChart, writeReadme } from "./write-results.ts";

const ownPython = fileURLToPath(new URL("../.venv/bin/python", import.meta.url));
const { values } = parseArgs({
  options: {
    python: { type: "string", default: process.env["PEER_PYTHON"] ?? (existsSync(ownPython) ? ownPython : "") },
    only: { type: "string", default: "single-core,codecs,workers,learning,upload,serving" },
    rounds: { type: "string", default: "5" },
    studies: { type: "string", default: "10" },
    images: { type: "string", default: "2000" },
    write: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});

const python = values.python === "" ? undefined : values.python;
const parts = values.only.split(",");
const rounds = Number(values.rounds);
if (python === undefined)
  console.error("No peer: name a Python with bench/peers/requirements.txt by --python; only our own figures follow.");

const folder = mkdtempSync(join(tmpdir(), "mammoflow-bench-"));
try {
  await writePhantomDataset({ out: folder, studies: Number(values.studies), scale: 1 });
  const results = {
    machine: `${cpus()[0]?.model ?? "?"}, ${availableParallelism()} ${availableParallelism() === 1 ? "core" : "cores"}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    singleCore: parts.includes("single-core") ? await measureSingleCore(folder, rounds, python) : undefined,
    codecs: parts.includes("codecs") && python !== undefined ? await measureCodecs(folder, rounds, python) : undefined,
    workers: parts.includes("workers") ? await measureWorkers(folder, rounds, Number(values.images)) : undefined,
    upload: parts.includes("upload") ? await measureUpload(folder, rounds) : undefined,
    serving: parts.includes("serving") ? await measureServing(folder, rounds, python) : undefined,
    learning: parts.includes("learning") ? await measureLearning(rounds, python) : undefined,
  };
  const about = `${results.machine}, ${results.date}.`;
  const texts = {
    imaging: textOf(
      [
        results.singleCore && singleCoreTable(results.singleCore),
        results.codecs && codecTable(results.codecs),
        results.workers && workerTable(results.workers),
      ],
      about,
    ),
    upload: textOf([results.upload && uploadTable(results.upload)], about),
    serving: textOf([results.serving && servingTable(results.serving)], about),
    learning: textOf([results.learning && learningTable(results.learning)], about),
  };
  console.log(values.json ? JSON.stringify(results) : Object.values(texts).filter(Boolean).join("\n\n"));
  if (values.write) {
    if (texts.imaging !== "") writeReadme("imaging", texts.imaging);
    if (texts.learning !== "") writeReadme("learning", texts.learning);
    if (results.singleCore && results.codecs) writeChart(results.singleCore, results.codecs);
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Empty without a table. */
function textOf(tables: (string | undefined)[], about: string): string {
  const shown = tables.filter((table) => table !== undefined);
  return shown.length === 0 ? "" : [...shown, about].join("\n\n");
}
