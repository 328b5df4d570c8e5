import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

/** Which packages a package may use besides `runtime`. What a manifest does not list, knip refuses in the code. */
const arrows: Record<string, string[]> = {
  runtime: [],
  dicom: [],
  storage: [],
  evaluation: [],
  imaging: ["dicom"],
  dataset: ["dicom", "imaging", "storage"],
  jobs: ["storage"],
  models: ["storage"],
  http: [],
  serving: ["storage", "jobs", "models", "imaging", "evaluation"],
};

function ownDependencies(folder: string): string[] {
  const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  return Object.keys(manifest.dependencies ?? {}).flatMap((name) =>
    name.startsWith("@mammoflow/") ? [name.slice("@mammoflow/".length)] : [],
  );
}

describe("the house", () => {
  it("has arrows between packages in one direction only", () => {
    for (const name of readdirSync(join(root, "packages"))) {
      const allowed = arrows[name];
      assert.ok(allowed, `packages/${name} is not in the table of arrows`);
      for (const used of ownDependencies(`packages/${name}`))
        assert.ok(used === "runtime" || allowed.includes(used), `packages/${name} must not use ${used}`);
    }
  });

  it("keeps services apart: only the command line may start another", () => {
    const services = readdirSync(join(root, "services"));
    for (const name of services.filter((service) => service !== "producer"))
      for (const used of ownDependencies(`services/${name}`))
        assert.ok(!services.includes(used), `services/${name} must not use ${used}`);
  });

  it("lets only jobs know BullMQ, and only models know TensorFlow", () => {
    const owners: Record<string, string[]> = {
      bullmq: ["packages/jobs", "services/dashboard"],
      "@tensorflow/tfjs-node": ["packages/models"],
    };
    for (const group of ["packages", "services"])
      for (const name of readdirSync(join(root, group))) {
        const manifest = JSON.parse(readFileSync(join(root, group, name, "package.json"), "utf8")) as Record<
          string,
          Record<string, string> | undefined
        >;
        const all = { ...manifest["dependencies"], ...manifest["optionalDependencies"] };
        for (const [library, allowed] of Object.entries(owners))
          assert.ok(
            !(library in all) || allowed.includes(`${group}/${name}`),
            `${group}/${name} must not use ${library}`,
          );
      }
  });
});
