import { AppError } from "@mammoflow/runtime";

/**
 * Of the types that can be given the one that an `Accept` header (RFC 9110, section 12.5.1) wants most; of equals the first.
 *
 * @throws AppError `NOT_ACCEPTABLE`
 */
export function accepted<Type extends string>(header: string | undefined, types: readonly [Type, ...Type[]]): Type {
  if (header === undefined || header.trim() === "") return types[0];
  const ranges = header.split(",").map((part) => {
    const [range = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    return { range, weight: weight === undefined ? 1 : Number(weight) || 0 };
  });
  const weightOf = (type: string): number =>
    [type, type.replace(/\/.*/, "/*"), "*/*"]
      .map((range) => ranges.find((each) => each.range === range)?.weight)
      .find((weight) => weight !== undefined) ?? 0;
  const [best] = types.toSorted((a, b) => weightOf(b) - weightOf(a));
  if (best !== undefined && weightOf(best) > 0) return best;
  throw new AppError({
    code: "NOT_ACCEPTABLE",
    message: `The answer can be ${types.join(" or ")}: accept one of them.`,
  });
}
