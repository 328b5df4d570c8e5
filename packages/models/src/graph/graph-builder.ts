import { type Attribute, type Dtype, dtypes, type NodeMessage, type ShapeMessage } from "./saved-model-messages.ts";

/** Attributes of TensorFlow's operations, by kind. */
export const attribute = {
  type: (dtype: Dtype): Attribute => ({ type: dtypes[dtype] }),
  integer: (i: number): Attribute => ({ i }),
  boolean: (b: boolean): Attribute => ({ b }),
  text: (text: string): Attribute => ({ s: new TextEncoder().encode(text) }),
  integers: (i: number[]): Attribute => ({ list: { i } }),
  /** -1 is a size that is known only when the graph runs. */
  shape: (sizes: number[]): Attribute => ({ shape: shapeMessage(sizes) }),
};

export const shapeMessage = (sizes: readonly number[]): ShapeMessage => ({ dim: sizes.map((size) => ({ size })) });

/** Collects a graph's nodes; each function returns the name by which later nodes take the output. */
export interface GraphBuilder {
  readonly nodes: NodeMessage[];
  node: (op: string, inputs: string[], attr: Record<string, Attribute>, name: string) => string;
  floats: (name: string, shape: number[], values: Float32Array) => string;
  /** An empty shape is a scalar. */
  integers: (name: string, shape: number[], values: number[]) => string;
}

export function createGraphBuilder(): GraphBuilder {
  const nodes: NodeMessage[] = [];
  const node: GraphBuilder["node"] = (op, input, attr, name) => {
    nodes.push({ name, op, input, attr });
    return name;
  };
  const constant = (name: string, dtype: Dtype, shape: number[], values: Float32Array | Int32Array): string => {
    const tensorContent = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const tensor = { dtype: dtypes[dtype], tensorShape: shapeMessage(shape), tensorContent };
    return node("Const", [], { dtype: attribute.type(dtype), value: { tensor } }, name);
  };
  return {
    nodes,
    node,
    floats: (name, shape, values) => constant(name, "float32", shape, values),
    integers: (name, shape, values) => constant(name, "int32", shape, Int32Array.from(values)),
  };
}

/** The same graph, with a prefix before the names of nodes that are added through it. */
export function prefixed(graph: GraphBuilder, prefix: string): GraphBuilder {
  return {
    nodes: graph.nodes,
    node: (op, inputs, attr, name) => graph.node(op, inputs, attr, prefix + name),
    floats: (name, shape, values) => graph.floats(prefix + name, shape, values),
    integers: (name, shape, values) => graph.integers(prefix + name, shape, values),
  };
}
