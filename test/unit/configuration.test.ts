import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { z } from "zod";
import { factsOf, loadSettings, settingsSchema } from "@mammoflow/runtime";
import { knownVariables, renderConfiguration } from "../../scripts/configuration/render-configuration.ts";

const root = join(import.meta.dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");

function filesUnder(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => pattern.test(path) && !/(^|\/)(node_modules|dist|build)\//.test(path));
}

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = ""]) => name);

/** The names that code takes from an environment: by name, by index, or apart. */
function namesRead(code: string): string[] {
  const owner = String.raw`(?:\bprocess\.env|\binheritedEnvironment\(\)|\benvironment)`;
  const apart = new RegExp(String.raw`\{([^{}]*)\}(?:: [\w.]+)? = ${owner}\b`, "g");
  return [
    ...matches(code, new RegExp(String.raw`${owner}\??\.([A-Za-z_]+)`, "g")),
    ...matches(code, new RegExp(String.raw`${owner}(?:\?\.)?\[["'](\w+)["']\]`, "g")),
    ...matches(code, apart).flatMap((names) => matches(names, /([A-Z][A-Z0-9_]+)/g)),
  ];
}

/** The names that a kustomization or a manifest gives to containers or takes from a file of settings. */
function namesSet(manifest: string): string[] {
  return [...matches(manifest, /\bname: ([A-Z][A-Z0-9_]+)\b/g), ...matches(manifest, /^([A-Z][A-Z0-9_]+)=/gm)];
}

function assertKnown(names: string[], where: string): void {
  for (const name of names)
    assert.ok(knownVariables.has(name), `${where} has the variable ${name}, which no schema has: add it to one`);
}

const sources = ["packages", "services", "scripts", "bin", "bench"].flatMap((folder) =>
  filesUnder(folder, /\.(ts|mjs)$/),
);

describe("the environment", () => {
  it("is described by docs/configuration.md as the schemas say", () => {
    assert.equal(read("docs/configuration.md"), renderConfiguration(), "`npm run docs:configuration` writes it");
  });

  it("is read by code for nothing that the schemas lack", () => {
    const found = sources.flatMap((path) => {
      const names = namesRead(read(path));
      assertKnown(names, path);
      return names;
    });
    // Each way of reading is in use somewhere.
    for (const name of ["MAMMOFLOW_CACHE", "PATH", "PEER_PYTHON", "KITTY_WINDOW_ID"]) assert.ok(found.includes(name));
  });

  it("is named rightly by messages and documents", () => {
    const documents = ["README.md", "CONTRIBUTING.md", ...filesUnder("docs", /\.md$/)];
    for (const path of [...sources, ...documents])
      assertKnown(
        matches(read(path), /\b(MAMMOFLOW_[A-Z0-9_]+)\b/g).filter((name) => name !== "MAMMOFLOW_TEST_RESULTS"),
        path,
      );
  });

  it("is set by Compose to nothing that the schemas lack", () => {
    const file = read("docker-compose.yml");
    assertKnown(
      [...matches(file, /(?<!\$)\$\{([A-Z0-9_]+)/g), ...namesSet(read(".env.example").replaceAll(/^#/gm, ""))],
      "docker-compose.yml",
    );
    const { services } = parse(file, { merge: true }) as {
      services: Record<string, { environment?: Record<string, unknown>; build?: { args?: Record<string, unknown> } }>;
    };
    const names = Object.values(services).flatMap(({ environment = {}, build }) => [
      ...Object.keys(environment),
      ...Object.keys(build?.args ?? {}),
    ]);
    assert.ok(names.includes("MAMMOFLOW_SHARED_FOLDERS"));
    assertKnown(names, "docker-compose.yml");
    const image = read("Dockerfile").replaceAll("\\\n", " ");
    assertKnown(
      matches(image, /^ENV (.*)$/gm).flatMap((line) => matches(line, /\b([A-Z][A-Z0-9_]+)=/g)),
      "Dockerfile",
    );
  });

  it("is set by Kubernetes' manifests to nothing that the schemas lack", () => {
    const names = filesUnder("deploy/k8s", /\.(ya?ml|env)$/).flatMap((path) => {
      const set = namesSet(read(path));
      assertKnown(set, path);
      return set;
    });
    for (const name of ["MAMMOFLOW_OUT", "LD_LIBRARY_PATH", "MAMMOFLOW_METRICS_PORT"])
      assert.ok(names.includes(name), name);
  });

  it("is read by the services that the schemas name", () => {
    const readBy = new Map(
      Object.entries<z.ZodType>(settingsSchema.shape).map(([name, schema]) => [name, factsOf(schema).readBy]),
    );
    for (const service of readdirSync(join(root, "services"))) {
      const code = filesUnder(`services/${service}/src`, /\.ts$/).map(read).join("\n");
      const names = [
        ...matches(code, /\b(?:settings|loadSettings\(\))\.(\w+)/g),
        ...matches(code, /\{([^{}]*)\}(?:: \w*Settings\b| = loadSettings\()/g).flatMap((apart) =>
          matches(apart, /(\w+)/g),
        ),
      ];
      for (const [setting, services] of readBy)
        if (names.includes(setting))
          assert.ok(services.includes(service), `${service} reads ${setting}: say so in its schema`);
    }
  });

  it("has examples that can be used", () => {
    for (const [name, schema] of Object.entries<z.ZodType>(settingsSchema.shape)) {
      const { variable, example } = factsOf(schema);
      if (name === "redisPasswordFile") continue; // is read at once
      assert.ok(Object.hasOwn(loadSettings({}, { [variable]: example }, "/"), name), `${variable}=${example}`);
    }
  });
});
