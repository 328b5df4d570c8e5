import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { formOf, post, useApi } from "../support/api.ts";

type Json = Record<string, unknown>;
interface Described extends Json {
  openapi: string;
  paths: Record<string, Record<string, DescribedOperation>>;
  components: { schemas: Json; securitySchemes?: Json };
  "x-problems": Record<string, { status: number; title: string }>;
}
interface DescribedOperation {
  operationId: string;
  security?: unknown;
  parameters?: { name: string; example: string }[];
  requestBody?: { content: Record<string, { schema?: Json; example?: unknown }> };
  responses: Record<string, { content: Record<string, { schema?: Json }> }>;
}

describe("the API's description", function () {
  this.timeout(180_000);
  const api = useApi();
  let described: Described;
  let operations: (DescribedOperation & { path: string; method: string })[];
  before(async () => {
    described = (await (await fetch(`${api.url}/openapi.json`)).json()) as Described;
    operations = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), ...operation })),
    );
  });

  /** Fails unless an answer is one that its operation describes: status, type and shape. */
  const requireDescribed = async (operation: DescribedOperation, answer: Response): Promise<void> => {
    const where = `${operation.operationId} ${answer.status}`;
    const response = operation.responses[answer.status];
    assert.ok(response, `${where} is not described: ${await answer.clone().text()}`);
    const type = String(answer.headers.get("content-type")).split(";")[0]!;
    const content = response.content[type];
    assert.ok(content, `${where} is ${type}`);
    if (!type.endsWith("json")) return;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const validate = ajv.compile({ ...content.schema, components: described.components });
    const body = await answer.json();
    assert.ok(validate(body), `${where}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(body)}`);
  };
  const address = ({ path, parameters = [] }: (typeof operations)[0]): string =>
    api.url +
    path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(parameters.find((each) => each.name === name)!.example));

  it("is valid OpenAPI 3.1 with and without keys, and names every scope's key", async () => {
    const shut = await api.start({ host: "0.0.0.0" });
    const withKeys = (await (await fetch(`${shut.url}/openapi.json`)).json()) as Described;
    for (const each of [described, withKeys]) {
      const { valid, errors } = await new Validator().validate(structuredClone(each));
      assert.ok(valid, JSON.stringify(errors));
      assert.equal(each.openapi, "3.1.0");
    }
    assert.deepEqual(withKeys.paths["/v1/predict"]!["post"]!.security, [{ key: [] }]);
    assert.equal(withKeys.paths["/healthz"]!["get"]!.security, undefined);
  });

  it("holds in every example: what it says may be sent is answered as it says", async () => {
    for (const operation of operations) {
      const { method, requestBody } = operation;
      if (!requestBody) {
        await requireDescribed(operation, await fetch(address(operation), { method }));
        continue;
      }
      for (const [type, { example }] of Object.entries(requestBody.content)) {
        if (type.startsWith("image/")) continue; // an example's bytes are DICOM
        const body =
          type === "multipart/form-data"
            ? formOf([api.exam[0]!])
            : example === undefined
              ? api.exam[0]!
              : JSON.stringify(example);
        const answer = await post(address(operation), body, body instanceof FormData ? {} : { "content-type": type });
        assert.equal(answer.status, 200, `${operation.operationId} ${type}`);
        await requireDescribed(operation, answer);
      }
    }
  });

  it("explains every code where a problem's type leads", async () => {
    const page = await fetch(`${api.url}/docs`);
    assert.match(await page.text(), /docs\.js/);
    const problem = (await (await post(`${api.url}/v1/predict`, "")).json()) as { type: string; code: string };
    assert.equal(problem.type, `/docs#${problem.code}`);
    assert.ok(described["x-problems"][problem.code]);
  });

  it("is kept by requests that nobody would send: never a failure of the server, never an answer that is not described", async () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const tensor = fc.record(
      {
        name: fc.oneof(fc.constantFrom("image", "pixels"), fc.string()),
        datatype: fc.oneof(fc.constantFrom("BYTES", "UINT8"), fc.string()),
        shape: fc.oneof(
          fc.array(fc.integer({ min: -1, max: 20 }), { maxLength: 5 }),
          fc.array(fc.maxSafeInteger()),
          value,
        ),
        data: fc.oneof(fc.array(fc.oneof(fc.base64String(), fc.integer({ min: 0, max: 255 }), fc.array(value))), value),
      },
      { requiredKeys: [] },
    );
    const bodies = fc.oneof(
      fc
        .record(
          { id: value, inputs: fc.array(tensor, { maxLength: 2 }), outputs: fc.array(fc.record({ name: value })) },
          { requiredKeys: [] },
        )
        .map((body) => Buffer.from(JSON.stringify(body))),
      fc.jsonValue().map((body) => Buffer.from(JSON.stringify(body))),
      fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
      // Real images with some bytes changed.
      fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 30 }).map((changes) => {
        const image = Buffer.from(api.exam[0]!);
        for (const [at, byte] of changes) image[at] = byte;
        return image;
      }),
      fc.constant(Buffer.alloc(0)),
    );
    const types = fc.oneof(
      fc.constantFrom("application/json", "application/dicom", "image/png", "image/jpeg", "application/octet-stream"),
      fc.constantFrom(
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "application/json; charset=x",
      ),
    );
    const parameter = fc.oneof(fc.string(), fc.constantFrom("..", "%", "a/b", "\u0000", "x".repeat(600)));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(operations.length - 1),
        bodies,
        types,
        parameter,
        fc.boolean(),
        fc.constantFrom("*/*", "image/png", "application/json", "text/markdown", "nothing", "image/*;q=0"),
        async (index, body, type, name, isExample, accept) => {
          const operation = operations[index]!;
          const url = isExample
            ? address(operation)
            : api.url + operation.path.replace(/\{\w+\}/g, encodeURIComponent(name));
          const answer =
            operation.method === "GET"
              ? await fetch(url, { headers: { accept } })
              : await post(url, body, { "content-type": type, accept });
          assert.ok(answer.status < 500, `${operation.operationId} ${answer.status}: ${await answer.clone().text()}`);
          // A parameter may lead to another address, which another operation describes.
          if (isExample) await requireDescribed(operation, answer);
        },
      ),
      { numRuns: 400 },
    );
  });
});
