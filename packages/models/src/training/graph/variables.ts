import { attribute, type GraphBuilder } from "../../graph/graph-builder.ts";
import { graphShape, type TensorLayout } from "./tensor-layout.ts";

/** A tensor that stays in the session from one run of the graph to the next. */
export interface Variable {
  name: string;
  /** In the graph's layout. */
  shape: readonly number[];
  /** The node of the variable itself, by which it is written. */
  handle: string;
  /** The node of its value before anything is written. */
  value: string;
}

/** A variable that PyTorch has too. */
export interface TorchVariable extends Variable {
  /** How it lies there. */
  layout: TensorLayout;
}

const dtype = { dtype: attribute.type("float32") };

/** Declares a variable of float32; it has no value until one is assigned. */
export function declareVariable(graph: GraphBuilder, name: string, shape: readonly number[]): Variable {
  const node = `variable/${name}`;
  const attributes = {
    ...dtype,
    shape: attribute.shape([...shape]),
    shared_name: attribute.text(name),
    container: attribute.text(""),
  };
  const handle = graph.node("VarHandleOp", [], attributes, node);
  return { name, shape, handle, value: readVariable(graph, handle, [], `${node}/value`) };
}

/** The same of a tensor that lies in PyTorch as `layout` says. */
export function declareTorchVariable(graph: GraphBuilder, name: string, layout: TensorLayout): TorchVariable {
  return { ...declareVariable(graph, name, graphShape(layout)), layout };
}

/** The value of a variable after other nodes have run. */
export function readVariable(graph: GraphBuilder, handle: string, after: readonly string[], name: string): string {
  return graph.node("ReadVariableOp", [handle, ...after.map((node) => `^${node}`)], dtype, name);
}

/** @param op AssignVariableOp, AssignAddVariableOp or AssignSubVariableOp; @returns a node that others can wait for */
export function assign(
  graph: GraphBuilder,
  op: "AssignVariableOp" | "AssignAddVariableOp" | "AssignSubVariableOp",
  { handle }: Variable,
  value: string,
  { after = [], name }: { after?: readonly string[]; name: string },
): string {
  return graph.node(op, [handle, value, ...after.map((node) => `^${node}`)], dtype, name);
}
