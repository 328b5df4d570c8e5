import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { request } from "node:http";
import { writeDicom } from "@mammoflow/dicom";
import sharp from "sharp";
import { formOf, post, useApi } from "../support/api.ts";
import { servedRun } from "../support/served-run.ts";
import { until } from "../support/waiting.ts";

const id = `${servedRun.run}/${servedRun.experiment}`;

describe("the API's predictions", function () {
  this.timeout(120_000);
  const api = useApi();

  const refusal = async (answer: Response, status: number, code: string): Promise<Record<string, unknown>> => {
    const problem = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([answer.status, problem["code"]], [status, code], JSON.stringify(problem));
    assert.match(String(answer.headers.get("content-type")), /^application\/problem\+json/);
    assert.equal(problem["status"], status);
    assert.equal(problem["type"], `/docs#${code}`);
    assert.equal(problem["instance"], `urn:request:${answer.headers.get("x-request-id")}`);
    return problem;
  };

  it("says of a DICOM file what the model says of it, with all that one must know to use it", async () => {
    const [image] = api.exam;
    const answer = await post(`${api.url}/v1/predict`, image!);
    assert.equal(answer.status, 200);
    const said = (await answer.json()) as Record<string, unknown>;
    const own = await api.model.predict([{ name: "image", bytes: image! }]);
    assert.equal(said["probability"], own.probability);
    assert.equal(said["calibrated"], own.calibrated);
    assert.notEqual(said["calibrated"], said["probability"]);
    assert.equal(said["label"], own.probability >= 0.35 ? 1 : 0);
    assert.deepEqual([said["model"], said["version"], said["level"]], [id, api.model.facts.version, "image"]);
    assert.deepEqual([said["threshold"], said["recipeHash"]], [0.35, api.model.facts.recipeHash]);
    assert.deepEqual([said["review"], said["notice"]], ["required", "Research use only. Human review required."]);
    const [{ sha256 }] = said["images"] as [{ sha256: string }];
    assert.equal(sha256, createHash("sha256").update(image!).digest("hex"));
    const { totalMs, networkMs } = said["timing"] as Record<string, number>;
    assert.ok(totalMs! > networkMs! && networkMs! > 0);
  });

  it("takes PNG and JPEG, too, whatever they are called", async () => {
    const pixels = Buffer.from(Uint8Array.from({ length: 96 * 96 }, (_, at) => (at % 96 < 40 ? 90 + (at % 50) : 0)));
    const picture = sharp(pixels, { raw: { width: 96, height: 96, channels: 1 } });
    const png = await picture.clone().png().toBuffer();
    const jpeg = await picture.clone().jpeg().toBuffer();
    for (const [type, bytes] of [
      ["image/png", png],
      ["image/jpeg", jpeg],
      ["application/octet-stream", png],
    ] as const)
      assert.equal((await post(`${api.url}/v1/predict`, bytes, { "content-type": type })).status, 200, type);
  });

  it("makes one answer of an exam's four images, in a form", async () => {
    const answer = await post(`${api.url}/v1/predict`, formOf(api.exam));
    const said = (await answer.json()) as { level: string; images: unknown[]; probability: number };
    assert.deepEqual([answer.status, said.level, said.images.length], [200, "patient", 4]);
    const own = await api.model.predict(api.exam.map((bytes) => ({ name: "image", bytes })));
    assert.equal(said.probability, own.probability);
  });

  it("warns of an image that the model was not made for", async () => {
    const chest = writeDicom({
      rows: 64,
      columns: 64,
      samples: Uint16Array.from({ length: 64 * 64 }, (_, at) => (at * 37) % 4096),
      bitsStored: 12,
      photometricInterpretation: "MONOCHROME2",
      modality: "CT",
    });
    const answer = await post(`${api.url}/v1/predict`, chest);
    const { warnings } = (await answer.json()) as { warnings: { code: string }[] };
    assert.ok(
      warnings.some(({ code }) => code === "MODALITY"),
      JSON.stringify(warnings),
    );
  });

  it("explains an image as a picture or as JSON, as it is asked", async () => {
    const [image] = api.exam;
    const picture = await post(`${api.url}/v1/explain`, image!, { accept: "image/png" });
    assert.deepEqual([picture.status, picture.headers.get("content-type")], [200, "image/png"]);
    const bytes = Buffer.from(await picture.arrayBuffer());
    const { format, exif } = await sharp(bytes).metadata();
    assert.deepEqual([format, exif], ["png", undefined]);
    const whole = await post(`${api.url}/v1/explain`, formOf([image!]));
    const said = (await whole.json()) as { overlay: string; regions: { share: number }[]; review: string };
    assert.ok(Buffer.from(said.overlay, "base64").equals(bytes), "the same picture");
    assert.equal(said.review, "required");
    assert.ok(said.regions.every(({ share }) => share > 0 && share <= 1));
    await refusal(await post(`${api.url}/v1/explain`, image!, { accept: "text/html" }), 406, "NOT_ACCEPTABLE");
  });

  it("describes the model and gives its card", async () => {
    const list = (await (await fetch(`${api.url}/v1/models`)).json()) as { models: { id: string; href: string }[] };
    assert.equal(list.models[0]?.id, id);
    const described = await fetch(api.url + list.models[0].href);
    const model = (await described.json()) as { card: string; version: string };
    assert.deepEqual([model.card, model.version], [servedRun.card, api.model.facts.version]);
    const card = await fetch(`${api.url}/v1/models/${servedRun.experiment}`, { headers: { accept: "text/markdown" } });
    assert.equal(await card.text(), servedRun.card);
    await refusal(await fetch(`${api.url}/v1/models/other`), 404, "MODEL_UNKNOWN");
  });

  it("refuses what is no request about images, and says what is", async () => {
    const predict = `${api.url}/v1/predict`;
    const [image] = api.exam;
    await refusal(await post(predict, ""), 400, "IMAGES_MISSING");
    await refusal(await post(predict, formOf([image!], "picture")), 400, "IMAGES_MISSING");
    await refusal(await post(predict, formOf([...api.exam, image!])), 400, "EXAM_SIZE");
    await refusal(await post(`${api.url}/v1/explain`, formOf(api.exam)), 400, "EXAM_SIZE");
    await refusal(await post(predict, "{}", { "content-type": "application/json" }), 415, "MEDIA_TYPE");
    const multipart = { "content-type": "multipart/form-data; boundary=b" };
    await refusal(await post(predict, "no form", multipart), 400, "BAD_REQUEST");
    const cut = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\ncut short';
    await refusal(await post(predict, cut, multipart), 400, "BAD_REQUEST");
    await refusal(await post(predict, cut, { "content-type": "multipart/form-data" }), 400, "BAD_REQUEST");
    await refusal(await fetch(`${api.url}/v1/nothing`), 404, "NOT_FOUND");
    const wrong = await fetch(predict, { method: "DELETE" });
    assert.equal(wrong.headers.get("allow"), "POST");
    await refusal(wrong, 405, "METHOD");
  });

  it("refuses a file that is no image, or is damaged, naming it by its place and never by its name", async () => {
    const predict = `${api.url}/v1/predict`;
    const [image] = api.exam;
    for (const bytes of [
      Buffer.from("no image at all"),
      image!.subarray(0, 5000),
      Buffer.from("\x89PNG\r\n\x1a\nxxxx"),
    ]) {
      const { detail } = await refusal(await post(predict, formOf([image!, bytes])), 422, await codeOf(bytes));
      assert.match(String(detail), /image 2/);
      assert.doesNotMatch(String(detail), /PATIENT/);
    }
  });

  const codeOf = (bytes: Uint8Array): Promise<string> =>
    api.model.predict([{ name: "image", bytes }]).then(
      () => assert.fail("it was read"),
      ({ code }: { code: string }) => code,
    );

  it("refuses a body of more than 32 MiB, and an image of more pixels than it decodes", async () => {
    const predict = `${api.url}/v1/predict`;
    await refusal(await post(predict, Buffer.alloc(32 * 2 ** 20 + 1)), 413, "BODY_SIZE");
    await refusal(
      await post(predict, formOf([Buffer.alloc(17 * 2 ** 20), Buffer.alloc(16 * 2 ** 20)])),
      413,
      "BODY_SIZE",
    );
    const black = { width: 12_000, height: 12_000, channels: 3 as const, background: "black" };
    const bomb = await sharp({ create: black, limitInputPixels: false }).greyscale().png().toBuffer();
    assert.ok(bomb.byteLength < 2 ** 22);
    const answer = await post(predict, bomb, { "content-type": "image/png" });
    assert.ok([413, 422].includes(answer.status), await answer.text());
    assert.equal((await post(predict, api.exam[0]!)).status, 200, "it goes on");
  });

  it("gives up what takes too long", async () => {
    const hasty = await api.start({ timeLimitMs: 100 });
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(`${hasty.url}/v1/explain`, api.exam[0]!)));
    const late = answers.filter(({ status }) => status === 504);
    assert.ok(late.length > 0, "eight explanations take longer than a tenth of a second");
    await refusal(late[0]!, 504, "TIME_LIMIT");
  });

  it("answers so many at once and asks the others to come back", async () => {
    const small = await api.start({ places: 2 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => post(`${small.url}/v1/predict`, api.exam[0]!)));
    const refused = answers.filter(({ status }) => status === 503);
    assert.ok(refused.length > 0 && answers.some(({ status }) => status === 200));
    for (const answer of refused) assert.match(String(answer.headers.get("retry-after")), /^[1-9]\d*$/);
    await refusal(refused[0]!, 503, "OVERLOADED");
    assert.equal((await post(`${small.url}/v1/predict`, api.exam[0]!)).status, 200, "places are given back");
    assert.equal((await fetch(`${small.url}/readyz`)).status, 200);
  });

  it("gives a place back when the client goes away in the middle of its upload", async () => {
    const small = await api.start({ places: 1 });
    const { port } = new URL(small.url);
    for (let time = 0; time < 3; time++)
      await new Promise<void>((resolve) => {
        const asked = request({
          port,
          path: "/v1/predict",
          method: "POST",
          headers: { "content-type": "image/png", "content-length": 1000 },
        });
        asked.on("error", () => resolve());
        asked.write("half", () => setTimeout(() => asked.destroy(), 50));
      });
    let status = 503;
    for (let time = 0; time < 50 && status === 503; time++)
      status = (await post(`${small.url}/v1/predict`, api.exam[0]!)).status;
    assert.equal(status, 200);
  });

  it("ends although a client does not finish its upload", async () => {
    const ending = await api.start();
    const { port } = new URL(ending.url);
    const headers = { "content-type": "image/png", "content-length": 1000 };
    const asked = request({ port, path: "/v1/predict", method: "POST", headers });
    const cut = new Promise((resolve) => asked.on("error", resolve).on("response", resolve));
    await new Promise<void>((resolve) => void asked.write("half", () => resolve()));
    await until(async () => /in_flight 1/.test(await (await fetch(`${ending.url}/metrics`)).text()));
    await ending.close();
    await cut;
  });

  it("counts what it did for Prometheus, naming nobody", async () => {
    const counted = await api.start();
    await post(`${counted.url}/v1/predict`, formOf(api.exam));
    await post(`${counted.url}/v1/predict`, "no image");
    const text = await (await fetch(`${counted.url}/metrics`)).text();
    assert.match(text, /mammoflow_api_requests_total\{operation="predict",status="200"\} 1/);
    assert.match(text, /mammoflow_api_requests_total\{operation="predict",status="422"\} 1/);
    assert.match(text, /mammoflow_api_images_total 4/);
    assert.match(text, /mammoflow_api_request_seconds_count\{operation="predict"\} 2/);
    assert.match(text, /process_cpu_seconds_total/);
    assert.doesNotMatch(text, /PATIENT/);
  });

  it("answers no page of another origin, and no other name while it asks for no keys", async () => {
    const { port } = new URL(api.url);
    const foreign = await post(`${api.url}/v1/predict`, api.exam[0]!, { origin: "http://evil.example" });
    await refusal(foreign, 403, "ORIGIN_REFUSED");
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ port, path: "/v1/models", headers: { host: "evil.example" } }, (answer) => resolve(answer.statusCode))
        .on("error", reject)
        .end();
    });
    assert.equal(status, 421);
    const own = await fetch(`${api.url}/v1/models`);
    assert.equal(own.headers.get("cross-origin-resource-policy"), "same-origin");
    assert.equal(own.headers.get("access-control-allow-origin"), null);
  });
});
