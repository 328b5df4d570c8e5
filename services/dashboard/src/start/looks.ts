import { reasonOf, type CommandLine } from "./command-line.ts";

/** What there is to see of a data set. */
export interface Look {
  statistics: string;
  /** Of `validate`: what is wrong with it. */
  problems: string;
  /** Why it is no data set at all. */
  failure?: string;
}

export interface Looks {
  /** @returns undefined while somebody has yet to look */
  at(address: string, who: string): Promise<Look | undefined>;
}

const keptMs = 10 * 60_000;
const keptLooks = 32;
/** A page waits this long before it says that it will take longer. */
const patienceMs = 2500;

/** Looks at data sets one after the other, and remembers for a while what was seen. */
export function createLooks(commandLine: CommandLine): Looks {
  const kept = new Map<string, { atMs: number; look: Promise<Look> }>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    async at(address, who) {
      for (const [known, { atMs }] of kept) if (Date.now() - atMs > keptMs || kept.size > keptLooks) kept.delete(known);
      const before = kept.get(address);
      const look = before?.look ?? last.then(() => lookAt(commandLine, address, who));
      if (!before) {
        kept.set(address, { atMs: Date.now(), look });
        last = look.catch(() => {});
      }
      let patience: NodeJS.Timeout | undefined;
      const later = new Promise<undefined>((resolve) => {
        patience = setTimeout(() => resolve(undefined), patienceMs);
      });
      return Promise.race([look, later]).finally(() => clearTimeout(patience));
    },
  };
}

async function lookAt(commandLine: CommandLine, address: string, who: string): Promise<Look> {
  const statistics = await commandLine.run(["stats", address], who);
  if (statistics.code !== 0) return { statistics: "", problems: "", failure: reasonOf(statistics) };
  // Ends with 1 when there are errors, which it lists.
  const problems = await commandLine.run(["validate", address, "--jobs", "1"], who);
  return { statistics: statistics.output, problems: problems.output || reasonOf(problems) };
}
