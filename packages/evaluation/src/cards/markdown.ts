/** Facts, a line each. */
export const list = (facts: readonly (readonly [name: string, value: string])[]): string =>
  facts.map(([name, value]) => `- **${name}:** ${line(value)}`).join("\n");

export const bullets = (sentences: readonly string[]): string =>
  sentences.map((sentence) => `- ${line(sentence)}`).join("\n");

export const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.map(line).join(" | ")} |`).join("\n");

/** Text from outside on one line, with what Markdown or HTML would act on made harmless. */
export function line(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\|<>[\]*_]/g, (character) => `\\${character}`);
}

/** A name or a hash as code. */
export const code = (text: string): string => `\`${text.replaceAll("`", "'")}\``;
