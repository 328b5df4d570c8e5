import { InvalidArgumentError } from "commander";

/** Option parsers: what they refuse is a usage error that names the option. */
export function wholeNumber(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`Give a whole number of ${minimum} or more.`);
  };
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Give a number above 0.");
}

export function numberFrom(minimum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isFinite(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`Give a number of ${minimum} or more.`);
  };
}

export function shareBelowOne(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value < 1) return value;
  throw new InvalidArgumentError("Give a share of 0 or more and less than 1.");
}

/** One of these names. */
export function oneOf<Name extends string>(names: readonly Name[]): (text: string) => Name {
  return (text) => {
    const name = names.find((known) => known === text.trim());
    if (name !== undefined) return name;
    throw new InvalidArgumentError(`${JSON.stringify(text)} is none of ${names.join(", ")}.`);
  };
}

/** Some of the names, separated by commas. */
export function someOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => [...new Set(text.split(",").map(oneOf(names)))];
}

/** The same, or `all` of them. */
export function choiceOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    if (text === "all") return [...names];
    return [...new Set(text.split(",").map((part) => part.trim()))].map((part) => {
      const name = names.find((known) => known === part);
      if (name !== undefined) return name;
      throw new InvalidArgumentError(`${JSON.stringify(part)} is none of ${names.join(", ")}, all.`);
    });
  };
}

/** `1`, `1,2,5` or `1..5`. */
export function seedList(text: string): number[] {
  const range = /^(\d+)\.\.(\d+)$/.exec(text);
  const seeds = range
    ? Array.from({ length: Number(range[2]) - Number(range[1]) + 1 }, (_, index) => Number(range[1]) + index)
    : text.split(",").map(wholeNumber(0));
  if (seeds.length > 0) return [...new Set(seeds)];
  throw new InvalidArgumentError("Give seeds such as 1, 1,2,3 or 1..5.");
}
