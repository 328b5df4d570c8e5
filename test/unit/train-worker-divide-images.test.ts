import assert from "node:assert/strict";
import { patientOf, type ManifestLine, type RunConfig } from "@mammoflow/jobs";
import fc from "fast-check";
import { divideImages, rowsOf, trainedSources } from "../../services/train-worker/src/divide-images.ts";
import { datasetOfRun, manifestLine } from "../fixtures/run-parts.ts";

/** Two images of a patient each; patients 0 to 9 of A and B, every third in the test split. */
const lines = (dataset: string, count = 10, split?: "test"): ManifestLine[] =>
  Array.from({ length: 2 * count }, (_, index) => {
    const patient = Math.floor(index / 2);
    return manifestLine({
      imageId: `${dataset}${index}`,
      studyId: `${dataset}.study${index}`,
      patientId: `${dataset}.${patient}`,
      dataset,
      split: split ?? (patient % 3 === 0 ? "test" : "training"),
      label: patient % 2 === 0 ? 1 : 0,
    });
  });

const configOf = (
  names: string[],
  testOnly: string[] = [],
): Pick<RunConfig, "dataset" | "validationShare" | "validateOn"> => {
  const dataset = datasetOfRun(1, 1, names);
  const sources = dataset.sources.map((source) => ({ ...source, isTestOnly: testOnly.includes(source.name) }));
  return { dataset: { ...dataset, sources }, validationShare: 0.2, validateOn: "training" };
};

describe("the images of an experiment", () => {
  const manifest = [...lines("A"), ...lines("B"), ...lines("C", 4, "test")];
  const config = configOf(["A", "B", "C"], ["C"]);
  const sourcesOf = (places: number[]): string[] => [...new Set(places.map((place) => manifest[place]!.dataset))];

  it("never have one patient in two parts", () => {
    fc.assert(
      fc.property(fc.nat(50), fc.constantFrom(undefined, "A", "B"), (seed, leftOut) => {
        const parts = Object.values(divideImages(manifest, config, { seed, ...(leftOut && { leftOut }) }));
        const patients = parts.map((places) => new Set(places.map((place: number) => patientOf(manifest[place]!))));
        const all = patients.flatMap((part) => [...part]);
        assert.equal(new Set(all).size, all.length);
      }),
    );
  });

  it("of a data set that only tests are outside, all of them", () => {
    const { training, validation, test, outside } = divideImages(manifest, config, { seed: 1 });
    assert.deepEqual(sourcesOf(outside), ["C"]);
    assert.equal(outside.length, 8);
    for (const part of [training, validation, test]) assert.deepEqual(sourcesOf(part), ["A", "B"]);
    assert.deepEqual(trainedSources(config, {}), ["A", "B"]);
  });

  it("of a data set that is left out are outside too, whatever their split", () => {
    const { training, validation, test, outside } = divideImages(manifest, config, { seed: 1, leftOut: "A" });
    assert.deepEqual(sourcesOf(outside), ["A", "C"]);
    assert.equal(outside.length, 20 + 8);
    for (const part of [training, validation, test]) assert.deepEqual(sourcesOf(part), ["B"]);
    assert.deepEqual(trainedSources(config, { leftOut: "A" }), ["B"]);
  });

  it("validate on the test split where that is asked for, and then all of the training split is learnt from", () => {
    const { training, validation, test } = divideImages(manifest, { ...config, validateOn: "test" }, { seed: 1 });
    assert.deepEqual(validation, test);
    assert.equal(
      training.length,
      manifest.filter(({ split, dataset }) => split === "training" && dataset !== "C").length,
    );
  });

  it("count as many rows as they have", () => {
    const two = [manifestLine({ rows: 3, label: 1 }), manifestLine({ rows: 1 })];
    assert.deepEqual(rowsOf(two, [0, 1]), [
      { image: 0, label: 1 },
      { image: 0, label: 1 },
      { image: 0, label: 1 },
      { image: 1, label: 0 },
    ]);
  });
});
