/**
 * How many 256 px images a second each frozen backbone takes as the graph that we write, beside the same description run one
 * TensorFlow.js operation a layer; in turns, in one process, on random weights (speed does not depend on them).
 *
 *   npm run bench:backbones -- [--seconds 5] [--rounds 3]
 */
import { parseArgs } from "node:util";
import { backboneNames, backbones, createExtractor, loadTensorFlow, loadWeights } from "@mammoflow/models";
import { runLayers } from "../packages/models/src/run-layers.ts";

const sizePx = 256;
const batch = 16;
const { values } = parseArgs({
  options: { seconds: { type: "string", default: "5" }, rounds: { type: "string", default: "3" } },
});

/** Images a second of a step that takes one batch; the first step, which warms up, does not count. */
async function measure(step: () => unknown): Promise<number> {
  await step();
  const start = performance.now();
  let images = 0;
  while (performance.now() - start < 1000 * Number(values.seconds)) {
    await step();
    images += batch;
  }
  return (1000 * images) / (performance.now() - start);
}

const shown = (speeds: number[]): string =>
  `${(speeds.toSorted((a, b) => a - b)[speeds.length >> 1] ?? 0).toFixed(1)} (${Math.min(...speeds).toFixed(1)} to ${Math.max(...speeds).toFixed(1)})`;

const tf = await loadTensorFlow();
const images = Uint8Array.from({ length: batch * sizePx * sizePx }, (_, index) => (index * 7919) % 256);
for (const name of backboneNames) {
  const { stateDict } = await loadWeights(name, { cacheDir: "", from: "none" });
  const extractor = await createExtractor({ backbone: name, stateDict, sizePx, flips: false });
  const pixels = tf.tensor4d(Float32Array.from(images), [batch, sizePx, sizePx, 1]);
  const speeds = { graph: [] as number[], layers: [] as number[] };
  for (let round = 0; round < Number(values.rounds); round++) {
    speeds.graph.push(await measure(() => extractor.extract(images)));
    speeds.layers.push(
      await measure(() => {
        const { features, logits } = runLayers(tf, backbones[name], stateDict, pixels);
        features.dataSync();
        tf.dispose([features, ...(logits ? [logits] : [])]);
      }),
    );
  }
  pixels.dispose();
  await extractor.close();
  console.log(
    `${backbones[name].title.padEnd(20)} graph ${shown(speeds.graph)}, layers ${shown(speeds.layers)} images/s`,
  );
}
