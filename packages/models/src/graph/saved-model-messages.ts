import protobuf from "protobufjs";

/**
 * The messages of a SavedModel and the fields of them that are written here, with TensorFlow's field numbers
 * (tensorflow/core/protobuf/{saved_model,meta_graph}.proto, tensorflow/core/framework/{graph,node_def,attr_value,tensor}.proto).
 */
const definitions = `
syntax = "proto3";
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraph meta_graphs = 2; }
message MetaGraph {
  message Meta { repeated string tags = 4; string tensorflow_version = 5; }
  Meta meta_info_def = 1; Graph graph_def = 2; map<string, Signature> signature_def = 5;
}
message Graph { repeated Node node = 1; Versions versions = 4; }
message Versions { int32 producer = 1; }
message Node { string name = 1; string op = 2; repeated string input = 3; map<string, Attribute> attr = 5; }
message Attribute {
  message List { repeated bytes s = 2; repeated int64 i = 3 [packed = true]; }
  oneof value { List list = 1; bytes s = 2; int64 i = 3; float f = 4; bool b = 5; int32 type = 6; Shape shape = 7; Tensor tensor = 8; }
}
message Shape { message Dimension { int64 size = 1; } repeated Dimension dim = 2; }
message Tensor { int32 dtype = 1; Shape tensor_shape = 2; bytes tensor_content = 4; }
message Signature { map<string, TensorFacts> inputs = 1; map<string, TensorFacts> outputs = 2; string method_name = 3; }
message TensorFacts { string name = 1; int32 dtype = 2; Shape tensor_shape = 3; }
`;

/** TensorFlow's numbers for the types of tensors. */
export const dtypes = { float32: 1, int32: 3, uint8: 4, int8: 6, bfloat16: 14, resource: 20 } as const;
export type Dtype = keyof typeof dtypes;

/** One attribute of a node, as the message `Attribute` has it. */
export type Attribute =
  | { s: Uint8Array }
  | { i: number }
  | { f: number }
  | { b: boolean }
  | { type: number }
  | { shape: ShapeMessage }
  | { list: { i: number[] } }
  | { tensor: { dtype: number; tensorShape: ShapeMessage; tensorContent: Uint8Array } };

export interface ShapeMessage {
  dim: { size: number }[];
}

export interface NodeMessage {
  name: string;
  op: string;
  input: string[];
  attr: Record<string, Attribute>;
}

export interface TensorFacts {
  name: string;
  dtype: number;
  tensorShape: ShapeMessage;
}

export interface SavedModelMessage {
  savedModelSchemaVersion: 1;
  metaGraphs: {
    metaInfoDef: { tags: string[]; tensorflowVersion: string };
    graphDef: { node: NodeMessage[]; versions: { producer: number } };
    signatureDef: Record<
      string,
      { inputs: Record<string, TensorFacts>; outputs: Record<string, TensorFacts>; methodName: string }
    >;
  }[];
}

/** The bytes of `saved_model.pb`. */
export function encodeSavedModel(message: SavedModelMessage): Uint8Array {
  const type = protobuf.parse(definitions).root.lookupType("SavedModel");
  return type.encode(type.fromObject(message)).finish();
}

/** The message in the bytes of a `saved_model.pb` that `encodeSavedModel` made. */
export function decodeSavedModel(bytes: Uint8Array): SavedModelMessage {
  const type = protobuf.parse(definitions).root.lookupType("SavedModel");
  // The cast: what was encoded from this type decodes to it.
  return type.toObject(type.decode(bytes), { longs: Number }) as SavedModelMessage;
}
