import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createApi, type Api, type ApiOptions } from "@mammoflow/api/server";
import { writePhantomDataset } from "@mammoflow/dataset";
import { openApiKeys, type ApiKeys } from "@mammoflow/http";
import { createLogger, loadSettings } from "@mammoflow/runtime";
import { openModel, type ServedModel } from "@mammoflow/serving";
import { openStore } from "@mammoflow/storage";
import { servedRun, writeServedRun } from "./served-run.ts";
import { useTemporaryFolder } from "./temporary-folder.ts";

export interface ApiUnderTest {
  readonly url: string;
  readonly model: ServedModel;
  readonly keys: ApiKeys;
  /** DICOM files of one phantom exam: four views. */
  readonly exam: Buffer[];
  readonly folder: string;
  /** Another server of the same model; ends with the suite. */
  start(options?: Partial<ApiOptions>): Promise<Api>;
}

/** A real server of a real, small model, on a free port of this machine, for the suite that calls this. */
export function useApi(options: Partial<ApiOptions> = {}): ApiUnderTest {
  const folder = useTemporaryFolder();
  const started: Api[] = [];
  const at = {
    url: "",
    exam: [] as Buffer[],
    model: undefined as unknown as ServedModel, // set before the first test
    keys: undefined as unknown as ApiKeys, // the same
    get folder() {
      return folder.path;
    },
    async start(other: Partial<ApiOptions> = {}): Promise<Api> {
      const api = await createApi({
        model: at.model,
        keys: at.keys,
        log: createLogger("test", "silent"),
        host: "127.0.0.1",
        port: 0,
        places: 8,
        ratePerMinute: 100_000,
        timeLimitMs: 30_000,
        version: "0.0.0",
        ...other,
      });
      started.push(api);
      return api;
    },
  };
  before(async () => {
    const store = openStore(join(folder.path, "store"));
    await writeServedRun(store);
    at.model = await openModel({ store, named: servedRun, settings: loadSettings() });
    at.keys = openApiKeys(join(folder.path, "keys.json"));
    at.exam = await phantomExam(join(folder.path, "phantoms"));
    at.url = (await at.start(options)).url;
  });
  after(async () => {
    await Promise.all(started.map((api) => api.close()));
    await at.model?.close();
  });
  return at;
}

/** The four views of a phantom study. */
async function phantomExam(out: string): Promise<Buffer[]> {
  const { root } = await writePhantomDataset({ out, studies: 8, scale: 0.1 });
  const [study = ""] = readdirSync(join(root, "images"));
  return readdirSync(join(root, "images", study)).map((file) => readFileSync(join(root, "images", study, file)));
}

/** Sends bytes as they are. */
export function post(
  address: string,
  body: Uint8Array | FormData | string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const type: Record<string, string> = body instanceof FormData ? {} : { "content-type": "application/dicom" };
  return fetch(address, {
    method: "POST",
    body: body instanceof Uint8Array ? new Uint8Array(body) : body,
    headers: { ...type, ...headers },
  });
}

/** A form with each image as a part `image`. */
export function formOf(images: Uint8Array[], name = "image"): FormData {
  const form = new FormData();
  for (const image of images) form.append(name, new Blob([new Uint8Array(image)]), "NAME^OF^PATIENT.dcm");
  return form;
}
