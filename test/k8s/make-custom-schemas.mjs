/**
 * Makes custom-schemas.json of the CRDs of KEDA 2.21.0 (https://github.com/kedacore/keda) and prometheus-operator 0.83.0
 * (https://github.com/prometheus-operator/prometheus-operator), both Apache-2.0:
 *
 *   go mod download github.com/kedacore/keda/v2@v2.21.0 github.com/prometheus-operator/prometheus-operator@v0.83.0
 *   node test/k8s/make-custom-schemas.mjs "$(go env GOMODCACHE)"
 *
 * Without descriptions, strict about unknown fields, and with a ScaledJob's Job described by Kubernetes' own schema.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const job = { $ref: "/api/_definitions.json#/$defs/io.k8s.api.batch.v1.JobSpec" };

const strict = (schema) => {
  const { description: _, ...kept } = schema;
  if (kept.properties) {
    kept.properties = Object.fromEntries(
      Object.entries(kept.properties).map(([name, value]) => [name, name === "jobTargetRef" ? job : strict(value)]),
    );
    kept.additionalProperties ??= false;
  }
  if (kept.items) kept.items = strict(kept.items);
  if (typeof kept.additionalProperties === "object") kept.additionalProperties = strict(kept.additionalProperties);
  return kept;
};

const keda = "github.com/kedacore/keda/v2@v2.21.0/config/crd/bases/keda.sh";
const prometheus =
  "github.com/prometheus-operator/prometheus-operator@v0.83.0/example/prometheus-operator-crd/monitoring.coreos.com";

const schemas = {};
for (const file of [
  `${keda}_scaledobjects`,
  `${keda}_scaledjobs`,
  `${keda}_triggerauthentications`,
  `${prometheus}_servicemonitors`,
]) {
  const { spec } = parse(readFileSync(join(process.argv[2], `${file}.yaml`), "utf8"));
  const { name, schema: whole } = spec.versions.find(({ storage }) => storage);
  const schema = strict(whole.openAPIV3Schema);
  schema.properties.metadata = {
    $ref: "/api/_definitions.json#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
  };
  schema.required = [...new Set([...(schema.required ?? []), "spec"])];
  schemas[`${spec.group}/${name} ${spec.names.kind}`] = schema;
}
writeFileSync(new URL("custom-schemas.json", import.meta.url), `${JSON.stringify(schemas)}\n`);
