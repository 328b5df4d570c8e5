#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../services/producer/dist/main.js", import.meta.url);
if (existsSync(main) && existsSync(new URL("../node_modules/commander", import.meta.url))) {
  await import(main.href);
} else {
  console.error("mammoflow is not set up in this checkout yet: run `npm run setup` once, then this again.");
  process.exitCode = 1;
}
