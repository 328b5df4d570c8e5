import { createFileInspector, type InspectFiles } from "@mammoflow/dataset";

/** Looks at a data set's files in this process, one after another: what the command line does in others. */
export const inspectHere: InspectFiles = async ({ files, ...request }, onDone) => {
  const inspectFile = createFileInspector();
  const facts = [];
  for (const file of files) {
    facts.push(await inspectFile(file, request));
    onDone(1);
  }
  return facts;
};
