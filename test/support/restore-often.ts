/** A program that sets many variables many times, from arrays whose memory TensorFlow shares. It ends with "restored". */
import { encodeGraph } from "../../packages/models/src/graph/encode-graph.ts";
import { createGraphBuilder } from "../../packages/models/src/graph/graph-builder.ts";
import { loadGraph } from "../../packages/models/src/graph/load-graph.ts";
import { declareVariable } from "../../packages/models/src/training/graph/variables.ts";
import { writeRestore } from "../../packages/models/src/training/graph/write-restore.ts";

/** The types of Node 20 leave it out. */
declare const WebAssembly: { Memory: new (options: { initial: number }) => { buffer: ArrayBuffer } };

const [variableCount, length, runs] = [400, 16, 200];

const graph = createGraphBuilder();
const variables = Array.from({ length: variableCount }, (_, index) => declareVariable(graph, `v${index}`, [length]));
const restore = writeRestore(graph, variables);
const loaded = await loadGraph(encodeGraph(graph.nodes, { restore }), ["restore"]);
for (let run = 0; run < runs; run++) {
  // It shares what lies at a multiple of 64 bytes; here everything does.
  const { buffer } = new WebAssembly.Memory({ initial: 1 });
  const inputs = variables.map(({ name, shape }, index) => {
    const data = new Float32Array(buffer, 4 * length * index, length);
    return [name, { shape, data }] as const;
  });
  loaded.run("restore", Object.fromEntries(inputs));
}
loaded.close();
console.log("restored");
