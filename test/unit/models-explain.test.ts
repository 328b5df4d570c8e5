import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  type BackboneName,
  backbones,
  type Classifier,
  classifierOf,
  createExplainer,
  createPredictor,
  type Explainer,
  loadTensorFlow,
  occlude,
  readModel,
  readSafetensors,
  removalCurves,
  type StateDict,
  writeSafetensors,
} from "@mammoflow/models";
import { formulaClassifier, formulaImage, formulaWeights, relativeError } from "../support/formula-weights.ts";

const golden = readSafetensors(readFileSync(new URL("../goldens/explain.safetensors", import.meta.url))).tensors;
const goldenOf = (name: string): Float32Array => golden.get(name)!.data;

async function withExplainer<Result>(
  backbone: BackboneName,
  sizePx: number,
  use: (explainer: Explainer) => Promise<Result>,
): Promise<Result> {
  const explainer = await createExplainer({ backbone, outputs: 2, stateDict: formulaWeights(backbone), sizePx });
  try {
    return await use(explainer);
  } finally {
    explainer.close();
  }
}

/** Every fourth pixel of every fourth row. */
const thinned = (heat: Float32Array, sizePx: number): Float32Array =>
  heat.filter((_, at) => at % 4 === 0 && Math.floor(at / sizePx) % 4 === 0);

describe("Grad-CAM", function () {
  this.timeout(60_000);

  for (const [name, sizePx] of [
    ["resnet18", 224],
    ["resnet18", 256],
    ["mobilenetv2", 224],
    ["resnet50", 224],
    ["vgg16", 256], // its adaptive pool's windows overlap at this size
  ] as const)
    it(`gives the map that PyTorch's autograd does: ${name} at ${sizePx} px`, async () => {
      const [explained] = await withExplainer(name, sizePx, (explainer) =>
        explainer.explain(formulaImage(sizePx), formulaClassifier(backbones[name].featureLength)),
      );
      const { heat, peak, evidence, probability } = explained!;
      assert.ok(relativeError(thinned(heat, sizePx), goldenOf(`${name}/${sizePx}/heat`)) < 1e-4);
      assert.ok(relativeError([evidence], goldenOf(`${name}/${sizePx}/evidence`)) < 1e-4);
      assert.ok(Math.abs(probability - 1 / (1 + Math.exp(-evidence / 2))) < 1e-6);
      const map = goldenOf(`${name}/${sizePx}/map`);
      const side = Math.sqrt(map.length);
      const hottest = map.indexOf(Math.max(...map));
      assert.deepEqual(peak, {
        x: (((hottest % side) + 0.5) * sizePx) / side,
        y: ((Math.floor(hottest / side) + 0.5) * sizePx) / side,
      });
    });

  it("explains each image alone, whatever else is in the batch, and holds no tensors afterwards", async () => {
    const tf = await loadTensorFlow();
    const before = tf.memory().numTensors;
    const image = formulaImage(64);
    const other = image.map((grey) => 255 - grey);
    await withExplainer("mobilenetv2", 64, async (explainer) => {
      const head = formulaClassifier(1280);
      const [alone] = await explainer.explain(other, head);
      const batch = new Uint8Array(40 * image.length);
      for (let index = 0; index < 40; index++) batch.set(index === 35 ? other : image, index * image.length);
      const together = await explainer.explain(batch, head);
      assert.equal(together.length, 40);
      assert.ok(relativeError(together[35]!.heat, alone!.heat) < 1e-4);
      assert.ok(relativeError(together[0]!.heat, alone!.heat) > 1e-2);
    });
    assert.equal(tf.memory().numTensors, before);
  });

  it("explains a network of one output as one of two whose difference it is, and turns round when the sign does", async () => {
    const two = formulaClassifier(512);
    const difference = (sign: number): Classifier => ({
      outputs: 1,
      weight: Float32Array.from({ length: 512 }, (_, at) => sign * (two.weight[512 + at]! - two.weight[at]!)),
      bias: Float32Array.of(sign * (two.bias[1]! - two.bias[0]!)),
    });
    const [ofTwo] = await withExplainer("resnet18", 96, (explainer) => explainer.explain(formulaImage(96), two));
    const stateDict = formulaWeights("resnet18");
    const explainer = await createExplainer({ backbone: "resnet18", outputs: 1, stateDict, sizePx: 96 });
    const [ofOne] = await explainer.explain(formulaImage(96), difference(1));
    const [turned] = await explainer.explain(formulaImage(96), difference(-1));
    explainer.close();
    assert.ok(relativeError(ofOne!.heat, ofTwo!.heat) < 1e-4);
    assert.ok(relativeError([ofOne!.evidence], [ofTwo!.evidence]) < 1e-4);
    assert.ok(relativeError([turned!.evidence], [-ofTwo!.evidence]) < 1e-4);
    assert.ok(turned!.heat.some((value) => value > 0));
    // The map has 3 x 3 cells: at their middles what spoke for malignancy now speaks against it.
    const middles = [16, 48, 80].flatMap((y) => [16, 48, 80].map((x) => y * 96 + x));
    for (const at of middles)
      assert.ok(Math.min(ofOne!.heat[at]!, turned!.heat[at]!) < 0.05 * Math.max(...ofOne!.heat));
  });

  it("says of an image what the trained model's predictor does, the last block trained too", async () => {
    const weights = formulaWeights("mobilenetv2");
    const { weight, bias } = formulaClassifier(1280);
    const name = "features.17.conv.2.weight";
    const { shape, data } = weights.get(name)!;
    const trained: StateDict = new Map([
      [name, { shape, data: data.map((value) => 1.3 * value) }],
      ["classifier.1.weight", { shape: [2, 1280], data: weight }],
      ["classifier.1.bias", { shape: [2], data: bias }],
    ]);
    const metadata = {
      kind: "trained-model",
      backbone: "mobilenetv2",
      part: "last-block",
      outputs: "benign,malignant",
    };
    const model = writeSafetensors(trained, metadata);
    const predictor = await createPredictor({ model, weights, exampleShape: [96, 96] });
    const [predicted] = await predictor.predict(Float32Array.from(formulaImage(96)));
    predictor.close();
    const { backbone, outputs, tensors } = readModel(model);
    const stateDict = new Map([...weights, ...tensors]);
    const explainer = await createExplainer({ backbone, outputs, stateDict, sizePx: 96 });
    const classifier = classifierOf(tensors, backbones[backbone], outputs);
    const [explained] = await explainer.explain(formulaImage(96), classifier);
    const untrained = await withExplainer("mobilenetv2", 96, (each) => each.explain(formulaImage(96), classifier));
    explainer.close();
    assert.ok(Math.abs(explained!.probability - predicted!) < 1e-5);
    assert.ok(relativeError(untrained[0]!.heat, explained!.heat) > 1e-3);
  });

  it("refuses weights of another network", async () => {
    const wrong = createExplainer({
      backbone: "resnet18",
      outputs: 2,
      stateDict: formulaWeights("mobilenetv2"),
      sizePx: 64,
    });
    await assert.rejects(wrong, { code: "WEIGHTS_MISMATCH" });
  });
});

describe("occlusion", () => {
  it("gives the map that a plain loop over PyTorch does", async () => {
    const map = await withExplainer("resnet18", 64, (explainer) =>
      occlude(
        formulaImage(64),
        async (images) => (await explainer.judge(images, formulaClassifier(512))).map(({ evidence }) => evidence),
        { sizePx: 64, patchShare: 16 / 64, strideShare: 8 / 64, fill: 0 },
      ),
    );
    const expected = goldenOf("resnet18/64/occlusion");
    assert.ok(
      relativeError(
        map.heat,
        expected.map((value) => Math.max(0, value)),
      ) < 1e-4,
    );
    const most = Math.max(...expected);
    const hottest = [...expected.keys()].filter((at) => expected[at] === most);
    assert.ok(Math.abs(map.peak.x - hottest.reduce((sum, at) => sum + (at % 64) + 0.5, 0) / hottest.length) < 1e-6);
  });

  it("covers every pixel, leaves the image as it was, and asks nothing where a patch changes nothing", async () => {
    const image = Buffer.alloc(50 * 50);
    image.fill(200, 20 * 50, 30 * 50); // a band of tissue, air above and below
    const before = Uint8Array.from(image);
    let asked = 0;
    // The evidence is how bright the image is, so covering a pixel of the band always takes some away.
    const evidenceOf = (images: Uint8Array): Promise<number[]> => {
      const count = images.length / image.length;
      asked += count;
      return Promise.resolve(
        Array.from({ length: count }, (_, index) =>
          images.subarray(index * image.length, (index + 1) * image.length).reduce((sum, level) => sum + level, 0),
        ),
      );
    };
    const options = { sizePx: 50, patchShare: 0.25, strideShare: 0.1, fill: 0 };
    const { heat } = await occlude(image, evidenceOf, options);
    assert.deepEqual(Uint8Array.from(image), before);
    assert.ok(heat.subarray(20 * 50, 30 * 50).every((drop) => drop > 0));
    assert.ok(heat.subarray(0, 5 * 50).every((drop) => drop === 0));
    assert.ok(asked < 9 * 9, `asked ${asked} times`);
  });
});

describe("deletion and insertion", () => {
  const sizePx = 64;
  const breast = new Uint8Array(sizePx * sizePx).fill(1);
  const options = { sizePx, breast, cells: 8, steps: 8, seed: 1 };
  const image = Buffer.alloc(sizePx * sizePx, 40);
  for (let y = 16; y < 24; y++) image.fill(240, y * sizePx + 32, y * sizePx + 40); // a lesion of one cell
  /** As if the network saw nothing but the lesion. */
  const probabilityOf = (images: Uint8Array): Promise<number[]> =>
    Promise.resolve(
      Array.from(
        { length: images.length / image.length },
        (_, index) => (images[index * image.length + 20 * sizePx + 36]! - 40) / 200,
      ),
    );
  const rightMap = Float32Array.from(image, (level) => (level === 240 ? 1 : 0));
  const wrongMap = rightMap.map((heat) => 1 - heat);

  it("falls and rises at once where the map is right, and at the end where it is wrong", async () => {
    const right = await removalCurves(image, rightMap, probabilityOf, options);
    assert.equal(right.deletion[0], 1);
    assert.ok([...right.deletion.subarray(1)].every((probability) => probability < 0.1));
    assert.ok([...right.insertion.subarray(1)].every((probability) => probability === 1));
    const wrong = await removalCurves(image, wrongMap, probabilityOf, options);
    assert.ok([...wrong.deletion.subarray(0, 8)].every((probability) => probability === 1));
    assert.ok([...wrong.insertion.subarray(0, 8)].every((probability) => probability < 0.9));
    assert.equal(wrong.insertion[8], 1);
  });

  it("draws random orders by their seed, and leaves what lies outside the breast alone", async () => {
    const one = await removalCurves(image, undefined, probabilityOf, options);
    assert.deepEqual(await removalCurves(image, undefined, probabilityOf, options), one);
    const orders = await Promise.all(
      [2, 3, 4, 5, 6].map((seed) => removalCurves(image, undefined, probabilityOf, { ...options, seed })),
    );
    assert.ok(orders.some((order) => order.deletion.join() !== one.deletion.join()));
    const outside = await removalCurves(image, rightMap, probabilityOf, {
      ...options,
      breast: new Uint8Array(breast.length),
    });
    assert.ok([...outside.deletion].every((probability) => probability === 1));
  });
});
