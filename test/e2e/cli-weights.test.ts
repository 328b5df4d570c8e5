import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { backbones, readSafetensors, writeSafetensors } from "@mammoflow/models";
import sharp from "sharp";
import { runCli } from "../support/cli.ts";
import { formulaImage, formulaWeights } from "../support/formula-weights.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

interface Stage {
  name: string;
  shape: number[];
  mean: number;
  norm: number;
  first: number[];
}

const golden = readSafetensors(readFileSync(new URL("../goldens/backbones.safetensors", import.meta.url))).tensors;

describe("weights and what networks make of images, on the command line", function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const own = (): string => join(folder.path, "own.safetensors");
  const image = (): string => join(folder.path, "image.png");

  before(async () => {
    await writeFile(own(), writeSafetensors(formulaWeights("mobilenetv2")));
    const raw = { width: 64, height: 64, channels: 1 as const };
    await sharp(formulaImage(64), { raw }).toColourspace("b-w").png().toFile(image());
  });

  it("embed --stages shows what PyTorch computes at every stage of the same image and state dict", async () => {
    const result = await runCli([
      "embed",
      "--backbone",
      "mobilenetv2",
      "--weights",
      own(),
      "--stages",
      "--json",
      image(),
    ]);
    assert.equal(result.code, 0, result.stderr);
    const { stages } = JSON.parse(result.stdout) as { stages: { image: string; stages: Stage[] }[] };
    assert.equal(stages[0]!.image, image());
    const shown = stages[0]!.stages;
    const wanted = backbones.mobilenetv2.architecture.stages;
    assert.deepEqual(
      shown.map(({ name }) => name),
      [...wanted, "features", "logits"],
    );
    for (const stage of shown.slice(0, wanted.length)) {
      const [mean, square] = golden.get(`mobilenetv2/64/stages/${stage.name}`)!.data;
      const count = stage.shape.reduce((product, size) => product * size, 1);
      assert.ok(Math.abs(stage.mean - mean!) < 1e-4 * square!, stage.name);
      assert.ok(Math.abs(stage.norm / (square! * Math.sqrt(count)) - 1) < 1e-4, stage.name);
    }
    assert.deepEqual(shown.at(-2)!.shape, [1280]);
    assert.ok(Math.abs(shown.at(-1)!.first[0]! - golden.get("mobilenetv2/64/logits")!.data[0]!) < 1e-3);
  });

  it("import takes a file in, verify reads it again and ends with 1 once it is damaged, pull takes from a mirror", async () => {
    const cache = await mkdtemp(join(folder.path, "cache-"));
    const weights = (...args: string[]) => runCli(["weights", ...args], { MAMMOFLOW_CACHE: cache });
    const imported = await weights("import", "mobilenetv2", own());
    assert.equal(imported.code, 0, imported.stderr);
    assert.match(imported.stdout, /262 tensors, sha256 [0-9a-f]{64}\n.*recorded/);
    const verified = await weights("verify", "--json");
    assert.equal(verified.code, 0, verified.stderr);
    const states = (JSON.parse(verified.stdout) as { backbone: string; state: string }[]).map(
      ({ backbone, state }) => `${backbone} ${state}`,
    );
    assert.ok(states.includes("mobilenetv2 right") && states.includes("vgg16 missing"));
    const list = await weights("list");
    assert.match(list.stdout, /mobilenetv2 +imported .*own\.safetensors/);

    const [file = ""] = imported.stdout.split(":", 1);
    await writeFile(file, (await readFile(file)).fill(0, 5000, 5004));
    const damaged = await weights("verify", "mobilenetv2");
    assert.equal(damaged.code, 1);
    assert.match(damaged.stdout, /mobilenetv2 +wrong .*sha256 differs/);

    const mirror = await mkdtemp(join(folder.path, "mirror-"));
    const pulled = await weights("pull", "resnet18", "--from", mirror);
    assert.equal(pulled.code, 1);
    assert.match(pulled.stderr, /The mirror has no .*resnet18-694f673d\.safetensors/);
  });
});
