import type { ComposeProject, Container } from "./compose-output.ts";
import { failed, type Finding, ok, warning } from "./finding.ts";

/** Each service of the project: up and healthy, or ended well if it is to end. */
export function judgeServices({ services }: ComposeProject, containers: Container[]): Finding[] {
  return Object.entries(services).flatMap(([name, { restart, scale }]) => {
    if (scale === 0) return [];
    const own = containers.filter(({ service }) => service === name);
    if (own.length === 0) return [failed(name, "is not there", `docker compose up --detach --wait ${name}`)];
    return [judgeService(name, own, restart === "no")];
  });
}

/** @param isToEnd it runs once, at the start */
function judgeService(name: string, own: Container[], isToEnd: boolean): Finding {
  const logs = `docker compose logs --tail 50 ${name}`;
  const worst = own.map((container) => judgeContainer(container, isToEnd, logs));
  const finding = worst.find(({ state }) => state === "failed") ?? worst.find(({ state }) => state === "warning");
  const wrong = worst.filter(({ state }) => state !== "ok").length;
  if (finding !== undefined)
    return {
      part: name,
      ...finding,
      detail: own.length > 1 ? `${finding.detail} (${wrong} of ${own.length})` : finding.detail,
    };
  return ok(name, isToEnd ? "has done its work" : own.length > 1 ? `${own.length} are healthy` : "healthy");
}

function judgeContainer(
  { state, health, exitCode, restarts, isOutOfMemory, lastWords }: Container,
  isToEnd: boolean,
  logs: string,
): Omit<Finding, "part"> {
  const said = lastWords === "" ? "" : `: ${lastWords}`;
  const memory = "give it more memory (.env.example), or less work";
  if (isToEnd) {
    if (state === "running") return { state: "warning", detail: "is still at work", advice: `wait; ${logs}` };
    if (state === "exited" && exitCode === 0) return { state: "ok", detail: "" };
  }
  if (state !== "running") {
    if (isOutOfMemory) return { state: "failed", detail: `${state}, killed for memory`, advice: memory };
    const detail =
      state === "created" ? "never started: what it depends on is not well" : `${state} with code ${exitCode}${said}`;
    return { state: "failed", detail, advice: logs };
  }
  if (health === "unhealthy") return { state: "failed", detail: `unhealthy${said}`, advice: logs };
  if (health === "starting") return { state: "warning", detail: "is starting", advice: `look again; ${logs}` };
  if (isOutOfMemory) return { state: "warning", detail: "something in it was killed for memory", advice: memory };
  if (restarts > 0)
    return { state: "warning", detail: `up, after ${restarts} restart${restarts === 1 ? "" : "s"}`, advice: logs };
  return { state: "ok", detail: "" };
}

/** Ports that others than this machine reach: the dashboard has no login. */
export function judgePorts(containers: Container[]): Finding[] {
  const published = containers.flatMap(({ service, ports }) => ports.map((port) => ({ service, ...port })));
  if (published.length === 0) return [];
  const open = published.filter(({ address }) => !/^(127\.|::1$|\[::1\]$)/.test(address));
  if (open.length === 0)
    return [ok("ports", published.map(({ service, address, port }) => `${service} on ${address}:${port}`).join(", "))];
  return open.map(({ service, address, port, inside }) =>
    failed(
      "ports",
      `${service} is published on ${address}:${port}, where others reach it; nothing asks who they are`,
      `publish it as 127.0.0.1:${port}:${inside}, and use an SSH tunnel (docs/compose.md)`,
    ),
  );
}

/** Whether images are of this command's version, and all of one commit. */
export function judgeVersions(containers: Container[], version: string): Finding[] {
  const own = containers.filter(({ labels }) => labels["org.opencontainers.image.title"] === "mammoflow");
  if (own.length === 0) return [];
  const others = own.filter(({ labels }) => labels["org.opencontainers.image.version"] !== version);
  if (others.length > 0)
    return [
      failed(
        "versions",
        `${[...new Set(others.map(({ service, labels }) => `${service} is ${labels["org.opencontainers.image.version"] ?? "of no version"}`))].join(", ")}; this command is ${version}`,
        "docker compose build && docker compose up --detach --wait",
      ),
    ];
  const commits = new Set(own.map(({ labels }) => labels["org.opencontainers.image.revision"] ?? "unknown"));
  if (commits.size > 1)
    return [
      warning(
        "versions",
        `images of ${commits.size} commits: ${[...commits].join(", ")}`,
        "docker compose build, from one checkout",
      ),
    ];
  return [ok("versions", `all images are ${version}, commit ${[...commits].join("")}`)];
}
