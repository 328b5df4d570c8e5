import assert from "node:assert/strict";
import sharp from "sharp";
import { useApi } from "../support/api.ts";
import { servedRun } from "../support/served-run.ts";

interface Inferred {
  model_name: string;
  model_version: string;
  id: string;
  parameters: Record<string, unknown>;
  outputs: { name: string; shape: number[]; datatype: string; data: number[] }[];
}

describe("the API by the Open Inference Protocol", function () {
  this.timeout(60_000);
  const api = useApi();
  const model = `/v2/models/${servedRun.experiment}`;
  const infer = (body: unknown, path = `${model}/infer`): Promise<Response> =>
    fetch(api.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  const get = async (path: string): Promise<unknown> => {
    const answer = await fetch(api.url + path);
    assert.deepEqual(
      [answer.status, answer.headers.get("content-type")],
      [200, "application/json; charset=utf-8"],
      path,
    );
    return answer.json();
  };

  it("says that it lives, is ready, and what it is", async () => {
    assert.deepEqual(await get("/v2/health/live"), { live: true });
    assert.deepEqual(await get("/v2/health/ready"), { live: true, ready: true });
    assert.deepEqual(await get("/v2"), { name: "mammoflow", version: "0.0.0", extensions: [] });
    assert.deepEqual(await get("/v2/"), await get("/v2"));
  });

  it("describes the model and its tensors, with and without a version", async () => {
    const { version } = api.model.facts;
    const described = await get(model);
    assert.deepEqual(described, {
      name: servedRun.experiment,
      versions: [version],
      platform: "mammoflow_tensorflow",
      inputs: [{ name: "image", datatype: "BYTES", shape: [-1] }],
      outputs: [
        { name: "probability", datatype: "FP64", shape: [-1] },
        { name: "calibrated", datatype: "FP64", shape: [-1] },
        { name: "label", datatype: "INT64", shape: [-1] },
      ],
    });
    assert.deepEqual(await get(`${model}/versions/${version}`), described);
    assert.deepEqual(await get(`${model}/ready`), { name: servedRun.experiment, ready: true });
    assert.deepEqual(await get(`${model}/versions/${version}/ready`), { name: servedRun.experiment, ready: true });
  });

  it("infers each file of a batch for itself", async () => {
    const data = api.exam.map((bytes) => bytes.toString("base64"));
    const answer = await infer({ id: "42", inputs: [{ name: "image", shape: [4], datatype: "BYTES", data }] });
    assert.equal(answer.status, 200);
    const said = (await answer.json()) as Inferred;
    assert.deepEqual(
      [said.model_name, said.model_version, said.id],
      [servedRun.experiment, api.model.facts.version, "42"],
    );
    assert.deepEqual([said.parameters["review"], said.parameters["threshold"]], ["required", 0.35]);
    const own = await Promise.all(api.exam.map((bytes) => api.model.predict([{ name: "image", bytes }])));
    assert.deepEqual(said.outputs, [
      { name: "probability", shape: [4], datatype: "FP64", data: own.map(({ probability }) => probability) },
      { name: "calibrated", shape: [4], datatype: "FP64", data: own.map(({ calibrated }) => calibrated) },
      { name: "label", shape: [4], datatype: "INT64", data: own.map(({ label }) => label) },
    ]);
  });

  it("takes grey pixels, nested or flat, as it takes a PNG of them", async () => {
    const [rows, columns] = [48, 64];
    const pixels = Array.from({ length: rows * columns }, (_, at) => (at % columns < 30 ? 80 + (at % 60) : 0));
    const raw = { width: columns, height: rows, channels: 1 as const };
    const png = await sharp(Buffer.from(pixels), { raw }).png().toBuffer();
    const { probability } = await api.model.predict([{ name: "image", bytes: png }]);
    const nested = Array.from({ length: rows }, (_, row) => pixels.slice(row * columns, (row + 1) * columns));
    for (const [shape, data] of [
      [[rows, columns], pixels],
      [[rows, columns], nested],
      [[1, rows, columns], [nested]],
      [
        [2, rows, columns],
        [nested, nested],
      ],
    ] as const) {
      const answer = await infer({
        inputs: [{ name: "pixels", shape, datatype: "UINT8", data }],
        outputs: [{ name: "probability" }],
      });
      const { outputs } = (await answer.json()) as Inferred;
      const images = shape.length === 3 ? shape[0] : 1;
      assert.deepEqual(outputs, [
        { name: "probability", shape: [images], datatype: "FP64", data: Array(images).fill(probability) },
      ]);
    }
  });

  it("refuses what it cannot take, in the protocol's words", async () => {
    const image = (facts: object): object => ({
      inputs: [{ name: "image", shape: [1], datatype: "BYTES", data: ["aGVsbG8="], ...facts }],
    });
    const pixels = (facts: object): object => ({
      inputs: [{ name: "pixels", shape: [2, 2], datatype: "UINT8", data: [1, 2, 3, 4], ...facts }],
    });
    const cases: [unknown, number, RegExp][] = [
      ["{ no JSON", 400, /malformed/],
      [{}, 400, /inputs/],
      [{ inputs: [] }, 400, /inputs/],
      [image({ name: "picture" }), 400, /image.*pixels/],
      [image({ datatype: "FP32" }), 400, /BYTES/],
      [image({ datatype: "UINT8" }), 400, /`image` of type BYTES/],
      [image({ shape: [2] }), 400, /does not fit/],
      [image({ shape: [1, 1, 1] }), 400, /shape/],
      [image({ data: ["?"] }), 400, /base64/],
      [image({ data: [1] }), 400, /base64/],
      [image({ data: "aGVsbG8=" }), 400, /data/],
      [image({ shape: [-1] }), 400, /shape/],
      [image({ shape: [17], data: Array(17).fill("aGVsbG8=") }), 400, /1 to 16/],
      [{ ...image({}), outputs: [{ name: "logits" }] }, 400, /"logits".*probability/],
      [image({}), 422, /image 1/],
      [pixels({ data: [1, 2, 3, 256] }), 400, /0 to 255/],
      [pixels({ data: [1, 2, 3, 0.5] }), 400, /0 to 255/],
      [pixels({ shape: [2, 3] }), 400, /does not fit/],
      [pixels({ shape: [4] }), 400, /shape/],
      [pixels({ shape: [0, 2, 2] }), 400, /at least one pixel/],
      [pixels({ data: [[[[[[1]]]]]] }), 400, /nested|fit/],
    ];
    for (const [body, status, words] of cases) {
      const answer = await infer(body);
      const said = (await answer.json()) as { error: string };
      assert.equal(answer.status, status, JSON.stringify(said));
      assert.deepEqual(Object.keys(said), ["error"]);
      assert.match(said.error, words);
    }
    for (const path of ["/v2/models/other/infer", `${model}/versions/1/infer`])
      assert.equal((await infer(image({}), path)).status, 404, path);
    assert.equal((await fetch(`${api.url}/v2/models/other`)).status, 404);
  });
});
