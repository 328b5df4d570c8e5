import { messageOf } from "@mammoflow/runtime";
import { z } from "zod";
import { version } from "../version.ts";
import { type ComposeProject, type Container, readContainers, readListed, readProject } from "./compose-output.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";
import { judgePorts, judgeServices, judgeVersions } from "./judge-compose.ts";
import { judgeRedis } from "./judge-redis.ts";
import { readJson, runProgram } from "./run-program.ts";

const docker = (...args: string[]): ReturnType<typeof runProgram> => runProgram("docker", args);
const compose = (...args: string[]): ReturnType<typeof runProgram> => runProgram("docker", ["compose", ...args]);

/** The stack of the working folder's docker-compose.yml, seen from outside. Each step needs the one before. */
export async function examineCompose(): Promise<Finding[]> {
  const engine = await examineEngine();
  if (engine.state === "failed") return [engine];
  const { finding: file, project } = await examineFile();
  if (project === undefined) return [engine, file];

  const listed = readListed((await compose("ps", "--all", "--format", "json")).stdout);
  const ids = listed.map(({ ID }) => ID);
  if (ids.length === 0) return [engine, file, failed("services", "none is up", "docker compose up --detach --wait")];
  const inspected = (await docker("inspect", ...ids)).stdout;
  const containers = readContainers(listed, inspected);
  const runs = (service: string): boolean =>
    containers.some((container) => container.service === service && container.state === "running");
  return [
    engine,
    file,
    ...judgeServices(project, containers),
    ...judgePorts(containers),
    ...judgeVersions(containers, version()),
    ...(runs("redis") ? await examineRedis() : []),
    ...(await examineStore(["train-worker", "train-worker-gpu"].find(runs), project)),
    ...(await examineDashboard(containers)),
  ];
}

async function examineEngine(): Promise<Finding> {
  const part = "engine";
  const { code, stdout, complaint } = await docker("version", "--format", "{{.Server.Version}}");
  if (code === undefined)
    return failed(part, complaint, "install Docker Engine with Compose: https://docs.docker.com/engine/install/");
  if (code !== 0)
    return failed(
      part,
      complaint,
      "start it (`systemctl start docker`), name it in DOCKER_HOST, or join the group docker",
    );
  const plugin = await compose("version", "--short");
  if (plugin.code !== 0)
    return failed(part, `Docker ${stdout.trim()} without Compose`, "install docker-compose-plugin");
  return ok(part, `Docker ${stdout.trim()}, Compose ${plugin.stdout.trim()}`);
}

async function examineFile(): Promise<{ finding: Finding; project?: ComposeProject }> {
  const part = "compose file";
  const { code, stdout, complaint } = await compose("config", "--format", "json");
  const project = code === 0 ? readProject(stdout) : undefined;
  if (project === undefined) {
    const advice = /no configuration file/.test(complaint)
      ? "run this in the folder of docker-compose.yml, or name that in COMPOSE_FILE"
      : "correct it; `docker compose config` shows more";
    return { finding: failed(part, complaint, advice) };
  }
  const names = Object.keys(project.services);
  return { finding: ok(part, `project ${project.name}: ${names.join(", ")}`), project };
}

async function examineRedis(): Promise<Finding[]> {
  const command = 'REDISCLI_AUTH="$(cat /run/mammoflow/redis-password)" redis-cli info';
  const { code, stdout, complaint } = await compose("exec", "-T", "redis", "sh", "-c", command);
  if (code === 0 && /^redis_version:/m.test(stdout)) return judgeRedis(stdout);
  return [failed("redis", (stdout.trim() || complaint).slice(0, 200), "docker compose logs --tail 50 redis")];
}

const findingsSchema = z.array(
  z.object({
    part: z.string(),
    state: z.enum(["ok", "warning", "failed"]),
    detail: z.string(),
    advice: z.string().optional(),
  }),
);

/** The bucket, tried by a worker: with its credentials, over its network. */
async function examineStore(worker: string | undefined, { services }: ComposeProject): Promise<Finding[]> {
  const part = "store";
  const address =
    services["producer"]?.environment["MAMMOFLOW_OUT"] ?? services["dashboard"]?.environment["MAMMOFLOW_OUT"];
  if (worker === undefined)
    return [warning(part, "not tried: no train worker is up, which would try it", "docker compose up --detach --wait")];
  if (address?.startsWith("gs:") !== true)
    return [
      warning(part, `not tried: ${address ?? "nothing"} is no bucket`, "set MAMMOFLOW_OUT=gs://bucket/prefix in .env"),
    ];
  const { stdout, complaint } = await compose(
    "exec",
    "-T",
    worker,
    "mammoflow",
    "doctor",
    "--target",
    "gcs",
    "--json",
    address,
  );
  const findings = readJson(findingsSchema, stdout);
  if (findings === undefined)
    return [
      warning(part, `not tried: ${complaint}`, "docker compose build, if the images are older than this command"),
    ];
  return findings.map(({ part: of, state, detail, advice }) => ({
    part: `store: ${of}`,
    state,
    detail,
    ...(advice !== undefined && { advice }),
  }));
}

async function examineDashboard(containers: Container[]): Promise<Finding[]> {
  const part = "dashboard answers";
  const published = containers.flatMap(({ service, ports }) => (service === "dashboard" ? ports : []))[0];
  if (published === undefined) return [];
  const url = `http://127.0.0.1:${published.port}/healthz`;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (answer.ok) return [ok(part, url.replace("/healthz", ""))];
    return [
      failed(
        part,
        `${url} says ${answer.status}: ${(await answer.text()).slice(0, 200)}`,
        "docker compose logs --tail 50 dashboard redis",
      ),
    ];
  } catch (error) {
    const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error);
    return [failed(part, `${url}: ${reason}`, "is the engine on another machine? Use an SSH tunnel to that port")];
  }
}
