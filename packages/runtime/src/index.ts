export * from "./config.ts";
export * from "./embedded-redis.ts";
export * from "./errors.ts";
export * from "./logging.ts";
export * from "./process-pool.ts";
export * from "./random.ts";
export * from "./shutdown.ts";
export * from "./supervise.ts";
