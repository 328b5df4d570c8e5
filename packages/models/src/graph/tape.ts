import { attribute, type GraphBuilder, type Precision } from "./graph-builder.ts";
import type { Attribute } from "./saved-model-messages.ts";

/** One input of an operation, and how the gradient of its output becomes that of the input: given its node, gives a node. */
type Backward = [input: string, gradient: (outputGradient: string) => string];

/**
 * Reverse-mode differentiation of a graph under construction: operations are noted while they are written forwards, and their
 * gradient nodes are written backwards from the loss. Only what leads to a watched node gets any.
 */
export interface Tape {
  readonly graph: GraphBuilder;
  /** In what the operations compute; gradients are written for float32 only. */
  readonly precision: Precision;
  /** The attribute that says so to nearly every operation. */
  readonly floats: { T: Attribute };
  /** Says that this node's gradient is wanted. */
  watch(node: string): void;
  /** Notes an operation; returns its output. */
  record(output: string, backward: readonly Backward[]): string;
  /** Writes the gradient nodes that lead from an output to the watched nodes: the gradient of each that it depends on. */
  gradients(output: string, outputGradient: string): Map<string, string>;
}

export function createTape(graph: GraphBuilder, precision: Precision = "float32"): Tape {
  const watched = new Set<string>();
  const reached = new Set<string>(); // nodes that depend on a watched one, and the watched ones
  const steps: { output: string; backward: readonly Backward[] }[] = [];

  return {
    graph,
    precision,
    floats: { T: attribute.type(precision) },
    watch(node) {
      watched.add(node);
      reached.add(node);
    },
    record(output, backward) {
      const wanted = backward.filter(([input]) => reached.has(input));
      if (wanted.length > 0) {
        reached.add(output);
        steps.push({ output, backward: wanted });
      }
      return output;
    },
    gradients(output, outputGradient) {
      const parts = new Map([[output, [outputGradient]]]);
      const whole = (node: string): string | undefined => {
        const [first, ...others] = parts.get(node) ?? [];
        if (first === undefined || others.length === 0) return first;
        const attributes = { N: { i: 1 + others.length }, T: { type: 1 } };
        return graph.node("AddN", [first, ...others], attributes, `gradient-sum/${node}`);
      };
      for (const step of steps.toReversed()) {
        const gradient = whole(step.output);
        if (gradient === undefined) continue;
        for (const [input, backward] of step.backward)
          parts.set(input, [...(parts.get(input) ?? []), backward(gradient)]);
      }
      return new Map(
        [...watched].flatMap((node): [string, string][] => {
          const gradient = whole(node);
          return gradient === undefined ? [] : [[node, gradient]];
        }),
      );
    },
  };
}
