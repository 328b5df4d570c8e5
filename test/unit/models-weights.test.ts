import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  importWeights,
  listWeights,
  loadWeights,
  publishedWeights,
  type PublishedWeights,
  type StateDict,
  verifyWeights,
  writeSafetensors,
} from "@mammoflow/models";
import { fittingWeights } from "../../packages/models/src/weights/fitting-weights.ts";
import { pullPublished } from "../../packages/models/src/weights/pull-weights.ts";
import { formulaWeights } from "../support/formula-weights.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";

/** Stands in for ResNet-18's file, so that no test needs the 47 MB. */
const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) & 255));
const sha256 = createHash("sha256").update(content).digest("hex");
const { fileName } = publishedWeights.resnet18.files[0];
const first = { ...publishedWeights.resnet18.files[0], sha256 };
const row: PublishedWeights = { ...publishedWeights.resnet18, files: [first] };

/** Answers as a file server does: whole, or from the byte that is asked for. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
  else if (start === 0) response.writeHead(200, { "content-length": content.length }).end(content);
  else {
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response
      .writeHead(206, { "content-range": range, "content-length": content.length - start })
      .end(content.subarray(start));
  }
}

/** A server that was there and is gone. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("weights pull", () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let ranges: (string | undefined)[];
  const server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  });
  /** The real fetch, sent to this machine instead of the publisher. */
  const localFetch = (input: string | URL | Request, init?: RequestInit) => {
    const { port } = server.address() as AddressInfo;
    return fetch(`http://127.0.0.1:${port}${new URL(input instanceof Request ? input.url : input).pathname}`, init);
  };
  const folder = useTemporaryFolder();
  let cacheDir: string;
  let file: string;
  const pull = () => pullPublished(row, { cacheDir, fetch: localFetch });

  before(async () => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  after(() => server.close());
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(folder.path, "cache-"));
    file = join(cacheDir, "weights", fileName);
    ranges = [];
    answer = serve;
  });

  it("fetches the file whole, tells how far it is, and does nothing the second time", async () => {
    let last = { receivedBytes: 0, totalBytes: undefined as number | undefined };
    const pulled = await pullPublished(row, {
      cacheDir,
      fetch: localFetch,
      onProgress: (progress) => (last = progress),
    });
    assert.deepEqual(pulled, { file, sha256, isNew: true });
    assert.deepEqual(await readFile(file), content);
    assert.deepEqual(last, { receivedBytes: content.length, totalBytes: content.length });
    assert.equal((await pull()).isNew, false);
    assert.equal(ranges.length, 1);
  });

  it("keeps what it got when the connection breaks, and goes on from there", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    };
    await assert.rejects(pull(), {
      code: "WEIGHTS_INTERRUPTED",
      retryable: true,
      message: /broke off after 0\.1 MB.*goes on/,
    });
    assert.ok(!existsSync(file));
    assert.equal((await listWeights(cacheDir)).find(({ backbone }) => backbone === "resnet18")!.state, "partial");
    const kept = (await stat(`${file}.partial`)).size;
    answer = serve;
    assert.equal((await pull()).isNew, true);
    assert.equal(ranges[1], `bytes=${kept}-`);
    assert.deepEqual(await readFile(file), content);
  });

  it("starts again when the server does not continue downloads", async () => {
    await keepPart(content.subarray(0, 1000));
    answer = (_request, response) => response.end(content);
    await pull();
    assert.deepEqual(await readFile(file), content);
  });

  it("starts again when what was kept is longer than the file", async () => {
    await keepPart(Buffer.concat([content, content]));
    await pull();
    assert.deepEqual(await readFile(file), content);
  });

  it("finishes when the kept part is the whole file already", async () => {
    await keepPart(content);
    await pull();
    assert.deepEqual(await readFile(file), content);
  });

  it("keeps nothing of a file whose sha256 is wrong", async () => {
    answer = (_request, response) => response.end("<html>please log in</html>");
    await assert.rejects(pull(), { code: "WEIGHTS_DAMAGED", message: /not what was published/ });
    assert.ok(!existsSync(file) && !existsSync(`${file}.partial`));
  });

  it("says in one sentence that the file is gone, the server fails, or nobody answers", async () => {
    answer = (_request, response) => response.writeHead(404).end();
    await assert.rejects(pull(), { code: "WEIGHTS_GONE", message: /answers 404/ });
    answer = (_request, response) => response.writeHead(503).end();
    await assert.rejects(pull(), { code: "WEIGHTS_UNREACHABLE", retryable: true, message: /answers 503/ });
    const port = await closedPort();
    const nobody: typeof fetch = (_input, init) => fetch(`http://127.0.0.1:${port}/`, init);
    const refused = pullPublished(row, { cacheDir, fetch: nobody });
    await assert.rejects(refused, {
      code: "WEIGHTS_UNREACHABLE",
      message: /^[^\n]*cannot be reached \([^\n]*ECONNREFUSED[^\n]*weights import[^\n]*$/,
    });
  });

  it("takes another source where the first has no such file, and tells of the first where none has", async () => {
    const second = {
      ...first,
      fileName: "second.pth",
      origin: { kind: "url" as const, url: "https://other/second.pth" },
    };
    answer = (request, response) =>
      request.url === "/second.pth" ? serve(request, response) : response.writeHead(404).end();
    const pulled = await pullPublished({ ...row, files: [first, second] }, { cacheDir, fetch: localFetch });
    assert.equal(pulled.file, join(cacheDir, "weights", "second.pth"));
    const gone = pullPublished(
      { ...row, files: [first, { ...second, fileName: "third.pth" }] },
      { cacheDir, fetch: localFetch },
    );
    await gone; // the second source again, under another name
    answer = (_request, response) => response.writeHead(404).end();
    const none = { ...row, files: [first] as const };
    await assert.rejects(pullPublished(none, { cacheDir, fetch: localFetch }), {
      code: "WEIGHTS_GONE",
      message: /model\.safetensors/,
    });
  });

  it("takes the file from a mirror, a folder or an address, and checks it all the same", async () => {
    const mirror = await mkdtemp(join(folder.path, "mirror-"));
    await assert.rejects(pullPublished(row, { cacheDir, from: mirror }), {
      code: "WEIGHTS_GONE",
      message: /mirror has no/,
    });
    await writeFile(join(mirror, fileName), "something else");
    await assert.rejects(pullPublished(row, { cacheDir, from: mirror }), { code: "WEIGHTS_DAMAGED" });
    await writeFile(join(mirror, fileName), content);
    assert.deepEqual(await pullPublished(row, { cacheDir, from: mirror }), { file, sha256, isNew: true });
    assert.deepEqual(await readFile(file), content);

    const elsewhere = await mkdtemp(join(folder.path, "cache-"));
    await mkdir(join(elsewhere, "weights"));
    await writeFile(join(elsewhere, "weights", `${fileName}.partial`), content.subarray(0, 1000));
    const asked: (string | undefined)[] = [];
    answer = (request, response) => (asked.push(request.url), serve(request, response));
    const { port } = server.address() as AddressInfo;
    await pullPublished(row, { cacheDir: elsewhere, from: `http://127.0.0.1:${port}/weights/` });
    assert.deepEqual(asked, [`/weights/${fileName}`]);
    assert.deepEqual(ranges, ["bytes=1000-"]);
    assert.deepEqual(await readFile(join(elsewhere, "weights", fileName)), content);
  });

  async function keepPart(bytes: Uint8Array): Promise<void> {
    await mkdir(join(cacheDir, "weights"));
    await writeFile(`${file}.partial`, bytes);
  }
});

describe("weights", () => {
  const folder = useTemporaryFolder();
  let cacheDir: string;
  before(() => {
    cacheDir = folder.path;
  });

  it("are never random unasked: missing ones stop with the command that fetches them", async () => {
    const wanted = { code: "WEIGHTS_MISSING", message: /mammoflow weights pull resnet18/ };
    await assert.rejects(loadWeights("resnet18", { cacheDir }), wanted);
  });

  it("are random when that is asked for, the same for the same seed, and say so", async () => {
    const [first, again, other] = await Promise.all(
      [1, 1, 2].map(async (seed) => loadWeights("mobilenetv2", { cacheDir, from: "none", seed })),
    );
    assert.deepEqual(first!.source, { kind: "random", seed: 1 });
    const name = "features.18.0.weight";
    const { data } = first!.stateDict.get(name)!;
    assert.deepEqual(again!.stateDict.get(name)!.data, data);
    assert.notDeepEqual(other!.stateDict.get(name)!.data, data);
    const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length;
    assert.ok(Math.abs(variance / (2 / 320) - 1) < 0.01, "He initialisation: variance 2 / fan-in");
  });

  it("come from a file of one's own, whose head of other classes is left out", async () => {
    const own = join(cacheDir, "own.safetensors");
    const tensors = formulaWeights("mobilenetv2");
    tensors.set("classifier.1.weight", { shape: [2, 1280], data: new Float32Array(2560) });
    tensors.set("classifier.1.bias", { shape: [2], data: new Float32Array(2) });
    await writeFile(own, writeSafetensors(tensors));
    const { stateDict, source } = await loadWeights("mobilenetv2", { cacheDir, from: own });
    assert.equal(source.kind, "file");
    assert.deepEqual(stateDict.get("features.0.0.weight"), tensors.get("features.0.0.weight"));
    assert.ok(!stateDict.has("classifier.1.weight"));
  });

  it("of another network are refused, naming the file and the first tensor that does not fit", async () => {
    const own = join(cacheDir, "other.safetensors");
    await writeFile(own, writeSafetensors(formulaWeights("mobilenetv2")));
    const wanted = { code: "WEIGHTS_MISMATCH", message: /other\.safetensors.*ResNet-18.*conv1\.weight/ };
    await assert.rejects(loadWeights("resnet18", { cacheDir, from: own }), wanted);
  });

  it("that are not the published file are refused", async () => {
    await mkdir(join(cacheDir, "weights"), { recursive: true });
    await writeFile(join(cacheDir, "weights", publishedWeights.mobilenetv2.files[0].fileName), "not weights");
    await assert.rejects(loadWeights("mobilenetv2", { cacheDir }), {
      code: "WEIGHTS_DAMAGED",
      message: /weights pull mobilenetv2/,
    });
    assert.equal((await verifyWeights("mobilenetv2", cacheDir)).state, "wrong");
    assert.equal((await verifyWeights("vgg16", cacheDir)).state, "missing");
    assert.deepEqual(
      (await listWeights(cacheDir)).map(({ backbone, state }) => [backbone, state]),
      [
        ["efficientnet-lite0", "missing"],
        ["resnet18", "missing"],
        ["mobilenetv2", "damaged"],
        ["vgg16", "missing"],
        ["resnet50", "missing"],
        ["radimagenet-resnet50", "missing"],
      ],
    );
  });

  it("that are imported are used from then on, under the sha256 that they had", async () => {
    const own = join(cacheDir, "Own.SafeTensors");
    const tensors = formulaWeights("mobilenetv2");
    const bytes = writeSafetensors(tensors);
    await writeFile(own, bytes);
    const cache = await mkdtemp(join(folder.path, "cache-"));
    const imported = await importWeights("mobilenetv2", own, cache);
    const sha = createHash("sha256").update(bytes).digest("hex");
    const numbers = { isPublished: false, tensors: 262, hasClassifier: true };
    const file = join(cache, "weights", `mobilenetv2-imported-${sha.slice(0, 8)}.safetensors`);
    assert.deepEqual(imported, { file, sha256: sha, ...numbers });
    const { stateDict, source } = await loadWeights("mobilenetv2", { cacheDir: cache });
    assert.deepEqual(source, { kind: "file", fileName: "Own.SafeTensors", sha256: sha });
    assert.deepEqual(stateDict.get("features.0.0.weight"), tensors.get("features.0.0.weight"));
    const status = (await listWeights(cache)).find(({ backbone }) => backbone === "mobilenetv2")!;
    assert.deepEqual([status.state, status.sha256, status.file], ["imported", sha, file]);
    const verified = await verifyWeights("mobilenetv2", cache);
    assert.ok(verified.state === "right" && verified.tensors === 262);

    await writeFile(file, bytes.subarray(0, 1_000_000));
    assert.equal((await verifyWeights("mobilenetv2", cache)).state, "wrong");
    assert.equal((await listWeights(cache)).find(({ backbone }) => backbone === "mobilenetv2")!.state, "damaged");
  });

  it("of another network are not imported", async () => {
    const own = join(cacheDir, "no-resnet.safetensors");
    await writeFile(own, writeSafetensors(formulaWeights("mobilenetv2")));
    const cache = await mkdtemp(join(folder.path, "cache-"));
    await assert.rejects(importWeights("resnet18", own, cache), { code: "WEIGHTS_MISMATCH" });
    assert.ok(!existsSync(join(cache, "weights")));
  });

  it("are read under RadImageNet's names, and not taken for torchvision's", async () => {
    const own = join(cacheDir, "ResNet50.safetensors");
    const tensors = formulaWeights("radimagenet-resnet50");
    const numbers = { conv1: 0, bn1: 1, layer1: 4, layer2: 5, layer3: 6, layer4: 7 };
    const renamed: StateDict = new Map();
    for (const [name, tensor] of tensors)
      for (const [ours, number] of Object.entries(numbers))
        if (name.startsWith(`${ours}.`)) renamed.set(`backbone.${number}.${name.slice(ours.length + 1)}`, tensor);
    await writeFile(own, writeSafetensors(renamed));
    const { stateDict } = await loadWeights("radimagenet-resnet50", { cacheDir, from: own });
    assert.deepEqual(stateDict.get("layer4.2.conv3.weight"), tensors.get("layer4.2.conv3.weight"));
    assert.equal(stateDict.size, tensors.size - 2);
    await assert.rejects(loadWeights("resnet50", { cacheDir, from: own }), { code: "WEIGHTS_MISMATCH" });
  });

  it("are read under the names and shapes that timm gives VGG-16", () => {
    const tensors = formulaWeights("vgg16");
    const theirs: StateDict = new Map();
    for (const [name, { shape, data }] of tensors)
      theirs.set(
        name
          .replace("classifier.0", "pre_logits.fc1")
          .replace("classifier.3", "pre_logits.fc2")
          .replace("classifier.6", "head.fc"),
        name === "classifier.0.weight"
          ? { shape: [4096, 512, 7, 7], data }
          : name === "classifier.3.weight"
            ? { shape: [4096, 4096, 1, 1], data }
            : { shape, data },
      );
    const fitted = fittingWeights("vgg16", theirs, "timm's file");
    assert.deepEqual([...fitted.keys()], [...tensors.keys()]);
    for (const [name, { shape, data }] of tensors) {
      assert.deepEqual(fitted.get(name)!.shape, shape);
      assert.equal(fitted.get(name)!.data, data);
    }
  });
});
