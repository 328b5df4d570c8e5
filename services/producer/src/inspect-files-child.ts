import { createFileInspector, type FileFacts, type InspectRequest } from "@mammoflow/dataset";
import { loadSettings, serveRequests } from "@mammoflow/runtime";

const inspectFile = createFileInspector(loadSettings().gcsEndpoint);

serveRequests(async ({ files, ...request }: InspectRequest): Promise<FileFacts[]> => {
  const facts: FileFacts[] = [];
  for (const file of files) facts.push(await inspectFile(file, request));
  return facts;
});
