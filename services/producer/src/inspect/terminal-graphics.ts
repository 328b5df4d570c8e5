import type { TerminalVariables } from "@mammoflow/runtime";

export type GraphicsProtocol = "kitty" | "iterm2";

/** The protocol by which a terminal shows pictures; undefined for one that is not known to show any. */
export function graphicsProtocol({ term, program, isKitty }: TerminalVariables): GraphicsProtocol | undefined {
  if (/^(tmux|screen)/.test(term)) return undefined; // they swallow the sequences, whatever terminal they run in
  if (isKitty || term === "xterm-kitty" || term === "xterm-ghostty" || program === "ghostty") return "kitty";
  if (program === "iTerm.app" || program === "WezTerm") return "iterm2";
  return undefined;
}

/** Characters of base64 in one sequence of kitty's protocol, at most. */
const chunkLength = 4096;

/**
 * What makes a terminal show a PNG: kitty's graphics protocol (direct transmission in chunks), or iTerm2's inline images
 * (OSC 1337).
 */
export function graphicsSequence(png: Buffer, protocol: GraphicsProtocol): string {
  const text = png.toString("base64");
  if (protocol === "iterm2") return `\u001b]1337;File=inline=1;size=${png.length}:${text}\u0007\n`;
  const chunks = text.match(new RegExp(`.{1,${chunkLength}}`, "g")) ?? [];
  const sequences = chunks.map((chunk, index) => {
    const what = index === 0 ? "a=T,f=100," : "";
    return `\u001b_G${what}m=${index < chunks.length - 1 ? 1 : 0};${chunk}\u001b\\`;
  });
  return `${sequences.join("")}\n`;
}
