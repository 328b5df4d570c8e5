import { UsageError } from "@mammoflow/runtime";

/** A trained model of a run. */
export interface ModelName {
  run: string;
  experiment: string;
}

/** @throws UsageError for what is not RUN/EXPERIMENT */
export function parseModelName(text: string): ModelName {
  const [run, experiment, ...more] = text.split("/");
  if (run && experiment && more.length === 0) return { run, experiment };
  throw new UsageError(`${text} is not RUN/EXPERIMENT: give both, e.g. demo-20260101-120000/resnet18-sampler-head-s1.`);
}
