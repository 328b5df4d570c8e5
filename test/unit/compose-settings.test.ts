import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const named = (text: string, pattern: RegExp): string[] => [
  ...new Set([...text.matchAll(pattern)].map(([, name = ""]) => name)),
];

describe("the settings of docker-compose.yml", () => {
  it("are explained in .env.example, and none else is", () => {
    const file = read("docker-compose.yml");
    // ${NAME...}, and NAME: without a value, which Compose takes from the environment.
    const used = [...named(file, /\$\{([A-Z_]+)/g), ...named(file, /^ +([A-Z_]+):$/gm), "COMPOSE_PROFILES"];
    assert.deepEqual(named(read(".env.example"), /^#([A-Z_]+)=/gm).toSorted(), [...new Set(used)].toSorted());
  });

  it("have the defaults that .env.example shows", () => {
    const shown = new Map(
      [...read(".env.example").matchAll(/^#([A-Z_]+)=(.+)$/gm)]
        .toReversed()
        .map(([, name = "", value = ""]) => [name, value]),
    );
    for (const [, name = "", value = ""] of read("docker-compose.yml").matchAll(/\$\{([A-Z_]+):?-([^}]+)\}/g)) {
      if (["DATASET_DIR", "GCS_CREDENTIALS", "STORAGE_EMULATOR_HOST", "FAKE_GCS"].includes(name)) continue; // examples
      assert.equal(shown.get(name), value, name);
    }
  });
});
