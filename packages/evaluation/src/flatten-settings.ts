/** Nested settings as `[a.b, value]` pairs of text. */
export function flattenSettings(settings: object, prefix = ""): [name: string, value: string][] {
  return Object.entries(settings).flatMap(([name, value]: [string, unknown]): [string, string][] =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? flattenSettings(value, `${prefix}${name}.`)
      : [[`${prefix}${name}`, Array.isArray(value) ? value.map(textOf).join(", ") : textOf(value)]],
  );
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
