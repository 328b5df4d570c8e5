import { homedir } from "node:os";
import type { z } from "zod";
import { factsOf, otherVariables, settingsSchema } from "@mammoflow/runtime";
import { deploymentVariables } from "./deployment-variables.ts";

/** Every environment variable that something of mammoflow's reads. */
export const knownVariables: ReadonlySet<string> = new Set(
  [settingsSchema, otherVariables, deploymentVariables].flatMap(({ shape }) =>
    Object.values<z.ZodType>(shape).map((schema) => factsOf(schema).variable),
  ),
);

/** `docs/configuration.md`, from the schemas. */
export function renderConfiguration(): string {
  const rows = [
    ["environment", "`mammoflow.yaml`", "read by", "default", "what it does", "example"],
    ...Object.entries<z.ZodType>(settingsSchema.shape).map(([name, schema]) => rowOf(schema, code(name))),
    ...[otherVariables, deploymentVariables].flatMap(({ shape }) =>
      Object.values<z.ZodType>(shape).map((schema) => rowOf(schema, "")),
    ),
  ];
  return `<!-- Made by \`npm run docs:configuration\` from the schemas in packages/runtime/src/settings and scripts/configuration: change them, not this file. -->

# Configuration

Flags win over the environment, that over \`mammoflow.yaml\` in the working folder, that over the defaults. Where the third column has a name of a file, that file or
command reads the variable, not a service: \`docker-compose.yml\` takes these and some of the services' from \`.env\`, with defaults of its own, which
[.env.example](../.env.example) shows; manifests take the services' from \`settings.env\`. \`producer\` is the command line, set-up is \`npm run setup\`.

${tableOf(rows)}
`;
}

function rowOf(schema: z.ZodType, setting: string): string[] {
  const { variable, readBy, what, example, unset } = factsOf(schema);
  // The cast: every default is one of these.
  const byDefault = schema.safeParse(undefined).data as string | number | boolean | undefined;
  const shown = byDefault === undefined ? (unset ?? "none") : code(String(byDefault).replace(homedir(), "~"));
  return [code(variable), setting, readBy.join(", "), shown, what, code(example)];
}

const code = (text: string): string => `\`${text}\``;

/** Markdown with columns of equal width, as the formatter wants it. */
function tableOf(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lineOf = (cells: string[], filler: string): string =>
    `| ${widths.map((width, column) => (cells[column] ?? "").padEnd(width, filler)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [lineOf(head, " "), lineOf([], "-"), ...body.map((row) => lineOf(row, " "))].join("\n");
}
