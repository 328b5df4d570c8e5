import { encodeBfloat16 } from "../formats/encode-floats.ts";
import { type Attribute, type Dtype, dtypes, type NodeMessage, type ShapeMessage } from "./saved-model-messages.ts";

/** The number type in which a network computes. bfloat16 has float32's range and 8 bits of mantissa. */
export type Precision = "float32" | "bfloat16";

/** Attributes of TensorFlow's operations, by kind. */
export const attribute = {
  type: (dtype: Dtype): Attribute => ({ type: dtypes[dtype] }),
  integer: (i: number): Attribute => ({ i }),
  float: (f: number): Attribute => ({ f }),
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
  /** What has to be given to the graph each time that it runs, by the name of its placeholder. */
  readonly fed: Map<string, FedTensor>;
  node: (op: string, inputs: string[], attr: Record<string, Attribute>, name: string) => string;
  /** A constant, or a placeholder to be fed; bfloat16 rounds the values to nearest even. */
  floats: (name: string, shape: number[], values: Float32Array, dtype?: Precision) => string;
  /** An empty shape is a scalar. */
  integers: (name: string, shape: number[], values: number[]) => string;
  /** A scalar, uint8. */
  byte: (name: string, value: number) => string;
}

/** A tensor that a graph takes beside its images. */
export type FedTensor =
  | { dtype: "float32"; shape: number[]; data: Float32Array }
  | { dtype: "int32"; shape: number[]; data: Int32Array };

/**
 * @param feedFromBytes constants of this size or more become placeholders: TensorFlow copies what is inside a graph several times
 *   while it loads and rewrites it (the 411 MB of one layer of VGG-16 become 5 GB), what is fed it takes as it is
 */
export function createGraphBuilder({ feedFromBytes = Infinity } = {}): GraphBuilder {
  const nodes: NodeMessage[] = [];
  const fed: GraphBuilder["fed"] = new Map();
  const node: GraphBuilder["node"] = (op, input, attr, name) => {
    nodes.push({ name, op, input, attr });
    return name;
  };
  const constant = (name: string, dtype: Dtype, shape: number[], values: ArrayBufferView): string => {
    const tensorContent = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const tensor = { dtype: dtypes[dtype], tensorShape: shapeMessage(shape), tensorContent };
    return node("Const", [], { dtype: attribute.type(dtype), value: { tensor } }, name);
  };
  const placeholder = (name: string, tensor: FedTensor): string => {
    fed.set(name, tensor);
    return node("Placeholder", [], { dtype: attribute.type(tensor.dtype), shape: attribute.shape(tensor.shape) }, name);
  };
  const integers: GraphBuilder["integers"] = (name, shape, values) =>
    constant(name, "int32", shape, Int32Array.from(values));
  /** TensorFlow.js knows no bfloat16: two of them go in as one int32 and are read anew without a copy. */
  const feedBfloat16 = (name: string, shape: number[], halves: Uint16Array): string => {
    const words = new Int32Array(halves.buffer, halves.byteOffset, halves.length / 2);
    const given = placeholder(`${name}/words`, { dtype: "int32", shape: [words.length], data: words });
    const types = { T: attribute.type("int32"), type: attribute.type("bfloat16") };
    const pairs = node("Bitcast", [given], types, `${name}/pairs`);
    const reshape = { T: attribute.type("bfloat16"), Tshape: attribute.type("int32") };
    return node("Reshape", [pairs, integers(`${name}/shape`, [shape.length], shape)], reshape, name);
  };
  return {
    nodes,
    fed,
    node,
    floats: (name, shape, values, dtype = "float32") => {
      const isFed = values.byteLength >= feedFromBytes && values.length % 2 === 0;
      if (dtype === "bfloat16") {
        const halves = encodeBfloat16(values);
        return isFed ? feedBfloat16(name, shape, halves) : constant(name, dtype, shape, halves);
      }
      return isFed ? placeholder(name, { dtype, shape, data: values }) : constant(name, dtype, shape, values);
    },
    integers,
    byte: (name, value) => constant(name, "uint8", [], Uint8Array.of(value)),
  };
}
