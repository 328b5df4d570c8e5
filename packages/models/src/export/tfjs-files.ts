import { attribute, createGraphBuilder } from "../graph/graph-builder.ts";
import {
  type Attribute,
  dtypes,
  type NodeMessage,
  type SavedModelMessage,
  type TensorFacts,
} from "../graph/saved-model-messages.ts";

/** Browsers keep files of this size in their cache. */
const shardBytes = 4 * 1024 * 1024;

/** As TensorFlow's protocol buffers are written in JSON. */
const jsonTypes: Record<number, string> = {
  [dtypes.float32]: "DT_FLOAT",
  [dtypes.int32]: "DT_INT32",
  [dtypes.uint8]: "DT_UINT8",
};
const weightTypes: Record<number, string> = { [dtypes.float32]: "float32", [dtypes.int32]: "int32" };

/** The lowest number that a graphics card's half precision holds: below every activation. */
const lowest = -65504;

/**
 * A graph as TensorFlow.js's graph model, which `tf.loadGraphModel` reads: the topology in `model.json`, the weights in
 * shards of 4 MiB.
 */
export function tfjsFiles(
  { metaGraphs: [metaGraph] }: SavedModelMessage,
  generatedBy: string,
): Map<string, Uint8Array> {
  const { node: nodes, versions } = metaGraph?.graphDef ?? { node: [], versions: { producer: 0 } };
  const adapted = nodes.flatMap(withoutPaddedPools).map(withDilations);
  const weights: { name: string; shape: number[]; dtype: string }[] = [];
  const contents: Uint8Array[] = [];
  for (const { name, op, attr } of adapted) {
    const value = attr["value"];
    if (op !== "Const" || value === undefined || !("tensor" in value)) continue;
    const { dtype, tensorShape, tensorContent } = value.tensor;
    weights.push({ name, shape: sizesOf(tensorShape), dtype: weightTypes[dtype] ?? "float32" });
    contents.push(tensorContent);
  }
  const bytes = Buffer.concat(contents);
  const count = Math.max(1, Math.ceil(bytes.length / shardBytes));
  const paths = Array.from({ length: count }, (_, shard) => `group1-shard${shard + 1}of${count}.bin`);
  const signature = metaGraph?.signatureDef["serving_default"];
  const model = {
    format: "graph-model",
    generatedBy,
    convertedBy: null,
    signature: { inputs: tensorsJson(signature?.inputs), outputs: tensorsJson(signature?.outputs) },
    userDefinedMetadata: { structuredOutputKeys: Object.keys(signature?.outputs ?? {}) }, // `predict` gives them by name
    modelTopology: { node: adapted.map(nodeJson), versions },
    weightsManifest: [{ paths, weights }],
  };
  return new Map<string, Uint8Array>([
    ["model.json", Buffer.from(JSON.stringify(model))],
    ...paths.map((path, shard): [string, Uint8Array] => [
      path,
      bytes.subarray(shard * shardBytes, (shard + 1) * shardBytes),
    ]),
  ]);
}

/** TensorFlow.js has no pool with explicit padding: it is padded by a node of its own. */
function withoutPaddedPools(node: NodeMessage): NodeMessage[] {
  const { explicit_paddings: paddings, ...attr } = node.attr;
  if (node.op !== "MaxPool" || paddings === undefined || !("list" in paddings)) return [node];
  const graph = createGraphBuilder();
  const sides = graph.integers(`${node.name}/paddings`, [4, 2], paddings.list.i);
  const border = graph.floats(`${node.name}/border`, [], Float32Array.of(lowest));
  const types = { T: attribute.type("float32"), Tpaddings: attribute.type("int32") };
  const padded = graph.node("PadV2", [...node.input, sides, border], types, `${node.name}/padded`);
  return [...graph.nodes, { ...node, input: [padded], attr: { ...attr, padding: attribute.text("VALID") } }];
}

/** TensorFlow.js knows no default for what TensorFlow leaves out. */
function withDilations(node: NodeMessage): NodeMessage {
  if (node.op !== "Conv2D" && node.op !== "DepthwiseConv2dNative") return node;
  const defaults = { dilations: attribute.integers([1, 1, 1, 1]), data_format: attribute.text("NHWC") };
  return { ...node, attr: { ...defaults, ...node.attr } };
}

function nodeJson({ name, op, input, attr }: NodeMessage): object {
  const attributes = Object.entries(attr).map(([key, value]) => [key, attributeJson(value)] as const);
  return { name, op, ...(input?.length > 0 && { input }), attr: Object.fromEntries(attributes) };
}

/** 64-bit integers are texts, bytes are base64; a constant's numbers are in the weights. */
function attributeJson(value: Attribute): object {
  if ("s" in value) return { s: Buffer.from(value.s).toString("base64") };
  if ("i" in value) return { i: String(value.i) };
  if ("type" in value) return { type: jsonTypes[value.type] ?? "DT_INVALID" };
  if ("shape" in value) return { shape: shapeJson(value.shape) };
  if ("list" in value) return { list: { i: (value.list.i ?? []).map(String) } };
  if ("tensor" in value) {
    const { dtype, tensorShape } = value.tensor;
    return { tensor: { dtype: jsonTypes[dtype] ?? "DT_INVALID", tensorShape: shapeJson(tensorShape) } };
  }
  return value;
}

function tensorsJson(tensors: Record<string, TensorFacts> = {}): object {
  return Object.fromEntries(
    Object.entries(tensors).map(([key, { name, dtype, tensorShape }]) => [
      key,
      { name, dtype: jsonTypes[dtype], tensorShape: shapeJson(tensorShape) },
    ]),
  );
}

const sizesOf = (shape: TensorFacts["tensorShape"] | undefined): number[] =>
  (shape?.dim ?? []).map(({ size }) => size ?? 0);

const shapeJson = (shape: TensorFacts["tensorShape"]): object => ({
  dim: sizesOf(shape).map((size) => ({ size: String(size) })),
});
