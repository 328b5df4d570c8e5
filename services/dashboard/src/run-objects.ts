import { objectNames, readRun, type Queues } from "@mammoflow/jobs";
import type { ObjectStore } from "@mammoflow/storage";
import type { FastifyInstance } from "fastify";
import { askQueue } from "./ask-queue.ts";
import { notFound } from "./error-pages.ts";

/** Documents of a run are self-contained pages: own styles and pictures, no scripts, nothing from anywhere. */
const documentPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

/** What a model's folder holds for people. */
const modelDocuments: Record<string, string> = {
  "report.html": "text/html",
  "model-card.md": "text/plain; charset=utf-8",
  "data-sheet.md": "text/plain; charset=utf-8",
};

/** Serves what a run left in its store: prepared images, reports of the run, its models and its data set, comparison. */
export function addRunObjects(
  app: FastifyInstance,
  { queues, openStore }: { queues: Queues; openStore: (address: string) => ObjectStore },
): void {
  const read = async (runId: string, name: string, what: string): Promise<Buffer> => {
    const run = await askQueue(queues, () => readRun(queues.redis, runId));
    const found = run && (await openStore(run.store).get(name));
    if (!found) throw notFound(`The run ${runId} has no ${what} (yet).`);
    return found.bytes;
  };

  app.get<{ Params: { id: string; study: string; file: string } }>(
    "/runs/:id/images/:study/:file",
    async ({ params: { id, study, file } }, reply) => {
      const image = file.replace(/\.png$/, "");
      const bytes = await read(id, objectNames.image(id, study, image), `image ${image} of study ${study}`);
      // An image is put once under its name; an hour is for who removes a run and takes its name again.
      return reply.type("image/png").header("cache-control", "private, max-age=3600").send(bytes);
    },
  );

  // Addresses end as the objects' names do, so that links between the pages hold here, in a folder and in a bucket.
  const documents = [
    { path: "report/index.html", name: objectNames.report, what: "report" },
    { path: "dataset-report", name: (id: string) => objectNames.datasetReport(id, "html"), what: "data set report" },
  ];
  for (const { path, name, what } of documents)
    app.get<{ Params: { id: string } }>(`/runs/:id/${path}`, async ({ params: { id } }, reply) => {
      const bytes = await read(id, name(id), what);
      return reply.type("text/html").header("content-security-policy", documentPolicy).send(bytes);
    });

  app.get<{ Params: { id: string; experiment: string; file: string } }>(
    "/runs/:id/models/:experiment/:file",
    async ({ params: { id, experiment, file } }, reply) => {
      const type = modelDocuments[file];
      if (type === undefined) throw notFound(`The dashboard shows no ${file} of a model.`);
      const bytes = await read(id, objectNames.experiment(id, experiment, file), `${file} of ${experiment}`);
      return reply.type(type).header("content-security-policy", documentPolicy).send(bytes);
    },
  );

  app.get<{ Params: { id: string } }>("/runs/:id/run.yaml", async ({ params: { id } }, reply) =>
    reply.type("text/plain; charset=utf-8").send(await read(id, objectNames.config(id), "configuration")),
  );

  app.get<{ Params: { id: string } }>("/runs/:id/comparison.csv", async ({ params: { id } }, reply) =>
    reply.type("text/csv").send(await read(id, objectNames.comparison(id), "comparison")),
  );
}
