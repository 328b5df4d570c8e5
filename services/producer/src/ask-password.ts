import { text } from "node:stream/consumers";
import { UsageError } from "@mammoflow/runtime";

/** Shorter ones are guessed. */
const fewestCharacters = 10;

/**
 * A new password: asked for twice on a terminal, which does not show it; else the first line of standard input. Never an
 * argument, which other users of the machine see in its list of processes.
 *
 * @throws UsageError when it is too short, or was typed in two ways
 */
export async function askNewPassword(name: string): Promise<string> {
  if (!process.stdin.isTTY) return checked(firstLine(await text(process.stdin)));
  const password = checked(await askHidden(`Password for ${name}: `));
  if ((await askHidden("Once more: ")) === password) return password;
  throw new UsageError("The two passwords differ: nothing was changed.");
}

function firstLine(input: string): string {
  return input.split(/\r?\n/, 1)[0] ?? "";
}

function checked(password: string): string {
  if (Array.from(password).length >= fewestCharacters) return password;
  throw new UsageError(
    `A password has ${fewestCharacters} characters or more; give it on the terminal, or as the first line of standard input.`,
  );
}

/** What is typed until Enter, unseen. */
function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding("utf8");
  stdin.resume();
  return new Promise((resolve, reject) => {
    let typed = "";
    const end = (finish: () => void): void => {
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
      finish();
    };
    const onData = (input: string): void => {
      for (const key of input) {
        if (key === "\r" || key === "\n" || key === "\u0004") return end(() => resolve(typed));
        if (key === "\u0003") return end(() => reject(new UsageError("Stopped: nothing was changed.")));
        if (key === "\u007f" || key === "\b") typed = Array.from(typed).slice(0, -1).join("");
        else if (key >= " ") typed += key;
      }
    };
    stdin.on("data", onData);
  });
}
