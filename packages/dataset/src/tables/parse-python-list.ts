/** One quoted string with its backslash escapes, in either kind of quote. */
const quoted = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*/y;

/**
 * Reads a Python list literal of strings, e.g. `['Mass', "Paget's"]`, without running anything.
 *
 * @returns the strings, or undefined when the text is not such a list.
 */
export function parsePythonList(literal: string): string[] | undefined {
  const text = literal.trim();
  if (!text.startsWith("[") || !text.endsWith("]")) return undefined;
  const inside = text.slice(1, -1);
  const strings: string[] = [];
  let position = 0;
  while (inside.slice(position).trim() !== "") {
    quoted.lastIndex = position;
    const match = quoted.exec(inside);
    if (!match) return undefined;
    strings.push((match[1] ?? match[2] ?? "").replace(/\\(.)/g, "$1"));
    position = quoted.lastIndex;
    if (position === inside.length) break;
    if (inside[position] !== ",") return undefined;
    position += 1;
  }
  return strings;
}
