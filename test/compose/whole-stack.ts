import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../../services/producer/src/doctor/finding.ts";
import { runCli } from "../support/cli.ts";
import { freePort } from "../support/free-port.ts";
import { skipUnless, type Part } from "../support/parts.ts";
import { useTemporaryFolder } from "../support/temporary-folder.ts";
import { until } from "../support/waiting.ts";
import { cloneFresh, openProject, type ComposeProject } from "./fresh-clone.ts";

/** The engine that DOCKER_HOST names, or the machine's own. */
const engine: Part = {
  needs: "docker",
  isThere: answers(["info"]) && answers(["compose", "version"]),
  reason: "no Docker engine with Compose answers: start one, or name it by DOCKER_HOST",
};

const project = "mammoflow-test";
const minutes = 60_000;
const longRunning = ["redis", "fake-gcs", "preprocess-worker", "train-worker", "dashboard"];

describe("the whole stack by docker compose, from a fresh clone", function () {
  this.bail(true);
  after(async function () {
    this.timeout(3 * minutes);
    if (engine.isThere) await stack.tryCompose("down", "--volumes", "--remove-orphans");
  });

  // Its own hook comes after ours: Compose needs its file to take things down.
  const scratch = useTemporaryFolder();
  let stack: ComposeProject;
  let variables: Record<string, string>;
  let url: string;
  /** Of the dashboard's first user, as the first start printed it. */
  let password: string;
  let cookie: string;

  before(async function () {
    skipUnless(this, engine);
    this.timeout(25 * minutes);
    variables = {
      MAMMOFLOW_TAG: "test",
      MAMMOFLOW_DASHBOARD_PORT: String(await freePort()),
      // A killed worker's jobs go to another after 3 s, not 30.
      MAMMOFLOW_LOCK_MS: "3000",
    };
    stack = openProject(project, cloneFresh(join(scratch.path, "clone")), variables);
    await stack.tryCompose("down", "--volumes", "--remove-orphans"); // of a test that was killed
    await stack.compose("build");
  });

  it("refuses a misspelt key", async function () {
    this.timeout(minutes);
    const { code, stderr } = await withOverride(
      "services: { redis: { healthchek: { interval: 1s } } }",
      "config",
      "-q",
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /healthchek/);
  });

  it("does not call healthy what is not", async function () {
    this.timeout(2 * minutes);
    const never = "{ test: [CMD, 'false'], interval: 1s, timeout: 1s, retries: 2, start_period: 0s }";
    const { code, stderr } = await withOverride(
      `services: { redis: { healthcheck: ${never} } }`,
      "up",
      "--detach",
      "--wait",
      "preprocess-worker",
    );
    assert.notEqual(code, 0);
    assert.match(stderr, /unhealthy/);
    await stack.compose("down", "--volumes");
  });

  it("comes up healthy with nothing set", async function () {
    this.timeout(10 * minutes);
    await stack.compose("up", "--detach", "--wait");
    assert.deepEqual((await states()).toSorted(byName), longRunning.map((name) => `${name} healthy`).toSorted(byName));
    url = `http://${await stack.compose("port", "dashboard", "3000")}`;
  });

  it("prints the dashboard's first login once, and shows nobody else anything", async function () {
    this.timeout(minutes);
    const said = await stack.compose("logs", "--no-log-prefix", "init");
    password = /name admin, password ([0-9a-f]{24}) /.exec(said)?.[1] ?? "";
    assert.notEqual(password, "", said);
    const stranger = await fetch(`${url}/`, { redirect: "manual", headers: { accept: "text/html" } });
    assert.deepEqual([stranger.status, stranger.headers.get("location")], [303, "/login"]);
    await signIn();
    assert.match(await page("/audit"), /admin.*signed-in/s);
    await producer("users", "list");
  });

  it("runs nothing as root, writable, privileged, without limits or on a port that others reach", async function () {
    this.timeout(minutes);
    const ids = lines(await stack.compose("ps", "--quiet"));
    const containers = JSON.parse(await stack.docker("inspect", ...ids)) as Inspected[];
    assert.equal(containers.length, longRunning.length);
    for (const { Name, Config, HostConfig } of containers) {
      assert.match(Config.User, /^[1-9]\d*:[1-9]\d*$/, Name);
      assert.ok(HostConfig.ReadonlyRootfs, Name);
      assert.deepEqual(HostConfig.CapDrop, ["ALL"], Name);
      assert.equal(HostConfig.CapAdd, null, Name);
      assert.ok(HostConfig.SecurityOpt.includes("no-new-privileges:true"), Name);
      assert.ok(HostConfig.Memory > 0 && HostConfig.PidsLimit > 0, Name);
      assert.equal(HostConfig.RestartPolicy.Name, "unless-stopped", Name);
      for (const binding of Object.values(HostConfig.PortBindings).flat()) assert.equal(binding.HostIp, "127.0.0.1");
    }
  });

  it("keeps the queue's password in a file, and asks for it", async function () {
    this.timeout(minutes);
    const exec = (...rest: string[]) => stack.compose("exec", "-T", "redis", ...rest);
    const password = await exec("cat", "/run/mammoflow/redis-password");
    assert.match(password, /^[0-9a-f]{64}$/);
    assert.match(await exec("redis-cli", "ping"), /NOAUTH/);
    const everything = await stack.docker("inspect", ...lines(await stack.compose("ps", "--all", "--quiet")));
    assert.ok(!everything.includes(password));
    const setting = async (name: string) =>
      (await exec("sh", "-c", `REDISCLI_AUTH=${password} redis-cli config get ${name}`)).split("\n")[1];
    assert.equal(await setting("appendonly"), "yes");
    assert.equal(await setting("maxmemory-policy"), "noeviction");
  });

  it("is well to `mammoflow doctor`, which names what is stopped", async function () {
    this.timeout(3 * minutes);
    const file = { COMPOSE_PROJECT_NAME: project, COMPOSE_FILE: join(stack.folder, "docker-compose.yml") };
    const doctor = async () => {
      const { code, stdout } = await runCli(["doctor", "--target", "compose", "--json"], { ...variables, ...file });
      return { code, findings: JSON.parse(stdout) as Finding[] };
    };
    const { code, findings } = await doctor();
    assert.deepEqual(
      findings.filter(({ state }) => state !== "ok"),
      [],
    );
    assert.equal(code, 0);
    const parts = findings.map(({ part }) => part);
    for (const part of [
      ...longRunning,
      "ports",
      "versions",
      "redis evicts",
      "store: put once",
      "store: delete",
      "dashboard answers",
    ])
      assert.ok(parts.includes(part), part);
    await stack.compose("stop", "dashboard");
    const stopped = await doctor();
    assert.equal(stopped.code, 1);
    assert.deepEqual(
      stopped.findings.flatMap(({ part, state }) => (state === "failed" ? [part] : [])),
      ["dashboard"],
    );
    await stack.compose("up", "--detach", "--wait", "dashboard");
  });

  it("has TensorFlow in the train worker's image alone, no tools, and a preprocess worker under 250 MB over its base", async function () {
    this.timeout(2 * minutes);
    const holds = async (image: string, path: string): Promise<boolean> => {
      const test = ["run", "--rm", "--network", "none", "--entrypoint", "sh", `mammoflow/${image}:test`, "-c"];
      return (await stack.docker(...test, `test -e ${path} && echo yes || echo no`)) === "yes";
    };
    for (const image of ["preprocess-worker", "dashboard", "producer", "train-worker"]) {
      assert.equal(await holds(image, "node_modules/@tensorflow"), image === "train-worker", image);
      for (const tool of ["typescript", "mocha", "assemblyscript"])
        assert.ok(!(await holds(image, `node_modules/${tool}`)), `${tool} in ${image}`);
      assert.ok(!(await holds(image, "services/*/src")), `sources in ${image}`);
    }
    const size = async (image: string) => Number(await stack.docker("image", "inspect", "-f", "{{.Size}}", image));
    const base = process.env["NODE_IMAGE"] ?? "node:20-bookworm-slim";
    assert.ok((await size("mammoflow/preprocess-worker:test")) - (await size(base)) < 250e6);
  });

  it("puts the GPU's train worker in the place of the CPU's", async function () {
    this.timeout(minutes);
    const services = lines(await stack.compose("--profile", "gpu", "config", "--services"));
    assert.ok(services.includes("train-worker-gpu"));
    assert.ok(!services.includes("train-worker"));
  });

  it("refuses a data set and a store that the workers do not see", async function () {
    this.timeout(2 * minutes);
    await producer("phantom", "--out", "/phantoms/p24", "--studies", "24", "--scale", "0.2");
    const copied = `cp -r /phantoms/p24 /tmp/p24 && mammoflow submit /tmp/p24`;
    const data = await stack.tryCompose("run", "--rm", "-T", "--entrypoint", "sh", "producer", "-c", copied);
    assert.equal(data.code, 2);
    assert.match(data.stderr, /workers cannot reach the data set \/tmp\/p24: they see \/data and \/phantoms/);
    const store = await stack.tryCompose("run", "--rm", "-T", "producer", "submit", "/phantoms/p24", "--out", "/tmp/x");
    assert.equal(store.code, 2);
    assert.match(store.stderr, /workers cannot reach the store \/tmp\/x/);
  });

  it("ends a run with a report though a worker is killed and Redis restarted meanwhile", async function () {
    this.timeout(8 * minutes);
    await stack.compose("up", "--detach", "--wait", "--scale", "preprocess-worker=3");
    const workers = lines(await stack.compose("ps", "--quiet", "preprocess-worker"));
    assert.equal(workers.length, 3);
    const how = ["--models", "resnet18", "--weights", "none", "--imbalance", "sampler", "--epochs", "2"];
    await producer("submit", "/phantoms/p24", "--name", "tested", ...how);
    await signIn(); // sessions end with the dashboard, which was stopped for the doctor
    await until(async () => /\b[1-9]\d* of 24 studies/.test(await page("/runs/tested")), 2 * minutes);

    const [killed = ""] = workers;
    // Of the process itself, as a crash would: what `docker kill` ends stays down.
    const kill = `for each in /proc/[0-9]*; do if grep -q 'dist/mai[n].js' $each/cmdline; then kill -9 "\${each#/proc/}"; fi; done`;
    await stack.docker("exec", killed, "sh", "-c", kill).catch(() => ""); // the shell ends with the container
    await stack.compose("restart", "redis");
    await until(async () => (await stack.docker("inspect", "-f", "{{.RestartCount}}", killed)) === "1", minutes);

    const outcome = JSON.parse(await producer("watch", "tested", "--json")) as Outcome;
    assert.deepEqual([outcome.state, outcome.submitted, outcome.completed, outcome.failed], ["done", 24, 24, 0]);
    await until(async () => (await states()).every((state) => state.endsWith(" healthy")), minutes);
  });

  it("shows the report and the run through the published port", async function () {
    this.timeout(minutes);
    await signIn();
    assert.match(await page("/"), /tested/);
    assert.match(await page("/runs/tested"), /resnet18/i);
    assert.match(await page("/runs/tested/report/index.html"), /ResNet-18/);
    assert.deepEqual(JSON.parse(await page("/healthz")), { status: "ok", queue: "up" });
  });

  it("takes the demo to a report", async function () {
    this.timeout(8 * minutes);
    const outcome = JSON.parse(await producer("demo", "--studies", "8", "--scale", "0.1", "--json")) as Outcome;
    assert.deepEqual([outcome.state, outcome.completed], ["done", 8]);
    assert.match(await page(`/runs/${outcome.runId}/report/index.html`), /<html/);
  });

  it("keeps runs, objects and password when it is taken down and brought up again", async function () {
    this.timeout(5 * minutes);
    await stack.compose("down");
    await stack.compose("up", "--detach", "--wait");
    await signIn();
    assert.match(await page("/runs/tested/report/index.html"), /ResNet-18/);
  });

  it("leaves nothing when it is taken down with its volumes", async function () {
    this.timeout(3 * minutes);
    await stack.compose("down", "--volumes");
    const label = `label=com.docker.compose.project=${project}`;
    assert.equal(await stack.docker("ps", "--all", "--quiet", "--filter", label), "");
    assert.equal(await stack.docker("volume", "ls", "--quiet", "--filter", label), "");
    assert.equal(await stack.docker("network", "ls", "--quiet", "--filter", label), "");
  });

  async function withOverride(content: string, ...commandLine: string[]) {
    const file = join(scratch.path, "override.yml");
    writeFileSync(file, content);
    return stack.tryCompose("-f", "docker-compose.yml", "-f", file, ...commandLine);
  }

  const producer = (...verb: string[]) => stack.compose("run", "--rm", "-T", "producer", ...verb);

  /** As a browser does: the form's token with the cookie that it was made for. */
  async function signIn(): Promise<void> {
    const cookieOf = (answer: Response): string => answer.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
    const form = await fetch(`${url}/login`);
    const formToken = /name="formToken" value="([^"]+)"/.exec(await form.text())?.[1] ?? "";
    const answer = await fetch(`${url}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { cookie: cookieOf(form), origin: url },
      body: new URLSearchParams({ formToken, name: "admin", password }),
    });
    assert.equal(answer.status, 303, await answer.text());
    cookie = cookieOf(answer);
  }

  async function page(path: string): Promise<string> {
    const answer = await fetch(url + path, { headers: { cookie } });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${path}: ${text.slice(0, 500)}`);
    return text;
  }

  /** Of the running containers: `redis healthy`. */
  async function states(): Promise<string[]> {
    const listed = await stack.compose("ps", "--format", "json");
    return lines(listed).map((line) => {
      const { Service, Health } = JSON.parse(line) as Listed;
      return `${Service} ${Health}`;
    });
  }
});

/** What of Compose's, Docker's and the command line's JSON is looked at. */
interface Listed {
  Service: string;
  Health: string;
}

interface Outcome {
  runId: string;
  state: string;
  submitted: number;
  completed: number;
  failed: number;
}

interface Inspected {
  Name: string;
  Config: { User: string };
  HostConfig: {
    ReadonlyRootfs: boolean;
    CapDrop: string[] | null;
    CapAdd: string[] | null;
    SecurityOpt: string[];
    Memory: number;
    PidsLimit: number;
    RestartPolicy: { Name: string };
    PortBindings: Record<string, { HostIp: string }[]>;
  };
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);
const byName = (a: string, b: string): number => a.localeCompare(b);

function answers(commandLine: string[]): boolean {
  try {
    execFileSync("docker", commandLine, { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}
