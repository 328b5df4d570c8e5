/** `npm run docs:configuration`: writes `docs/configuration.md` from the schemas of all variables. */
import { writeFileSync } from "node:fs";
import { renderConfiguration } from "./configuration/render-configuration.ts";

writeFileSync(new URL("../docs/configuration.md", import.meta.url), renderConfiguration());
