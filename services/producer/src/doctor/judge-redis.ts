import { failed, type Finding, ok, warning } from "./finding.ts";

/** @param info what `INFO` answers, of Redis or Valkey */
export function judgeRedis(info: string): Finding[] {
  const fields = new Map(
    [...info.matchAll(/^([\w-]+):([^\r\n]*)/gm)].map(([, name = "", value = ""]) => [name, value] as const),
  );
  const policy = fields.get("maxmemory_policy") ?? "unknown";
  const used = Number(fields.get("used_memory"));
  const most = Number(fields.get("maxmemory"));
  const valkey = fields.get("valkey_version");
  const findings = [
    ok("redis", `${valkey === undefined ? "Redis" : "Valkey"} ${valkey ?? fields.get("redis_version")} answers`),
    fields.get("aof_enabled") === "1"
      ? ok("redis keeps", "append-only file on")
      : warning(
          "redis keeps",
          "append-only file off: what is queued is lost when it restarts",
          "start it with `--appendonly yes`; without, `mammoflow resume RUN --out STORE` brings a run back",
        ),
    policy === "noeviction"
      ? ok("redis evicts", "nothing (noeviction)")
      : failed(
          "redis evicts",
          `maxmemory-policy is ${policy}: jobs vanish when memory is short`,
          "start it with `--maxmemory-policy noeviction`",
        ),
  ];
  if (fields.get("aof_enabled") === "1" && fields.get("aof_last_write_status") !== "ok")
    findings.push(failed("redis writes", "the last write of the append-only file failed", "free some of its disk"));
  if (most > 0)
    findings.push(
      used < 0.8 * most
        ? ok("redis memory", `${megabytes(used)} of ${megabytes(most)} MB`)
        : warning(
            "redis memory",
            `${megabytes(used)} of ${megabytes(most)} MB: jobs are refused when it is full`,
            "give it more by `--maxmemory` (Compose: REDIS_MAXMEMORY and REDIS_MEMORY), or lower MAMMOFLOW_HIGH_WATER_MARK",
          ),
    );
  return findings;
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
