/** What the columns of a table of any form mean: a small YAML file, `--column` options, or both. */
import { parse } from "yaml";
import { z } from "zod";
import { UsageError, messageOf } from "@mammoflow/runtime";

const column = z.string().min(1);
/** YAML reads `1` and `yes` as a number and a truth value; in a table all is text. */
const value = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const oneOrMore = <Item extends z.ZodType>(item: Item) =>
  z.union([item.transform((only) => [only]), z.array(item).min(1)]);

/** The roles that a column can have. All but `path` may be absent, but images need a label or a BI-RADS assessment. */
const columnRolesSchema = z.strictObject({
  /** The image's file, relative to the table's folder. */
  path: column,
  label: column.optional(),
  /** Labels that mean malignant; all others then mean benign. Absent: the usual words for both, and nothing else. */
  positive: oneOrMore(value).optional(),
  patient: column.optional(),
  study: column.optional(),
  laterality: column.optional(),
  view: column.optional(),
  split: column.optional(),
  birads: column.optional(),
  density: column.optional(),
  /** Columns that are kept, so that results can be told apart by them. */
  group: oneOrMore(column).optional(),
});
export type ColumnRoles = z.infer<typeof columnRolesSchema>;

/**
 * @param file the YAML file's text and name
 * @param pairs `role=column`, which go before the file; `group` may occur several times
 * @throws UsageError naming the file or the option that cannot be used
 */
export function parseColumnRoles(
  file: { text: string; name: string } | undefined,
  pairs: string[],
  positive: string[] | undefined,
): ColumnRoles {
  const roles = new Map<string, unknown>(file ? Object.entries(parseFile(file)) : []);
  const groups: string[] = [];
  for (const pair of pairs) {
    const [, role, name] = /^(\w+)=(.+)$/.exec(pair) ?? [];
    if (role === undefined || name === undefined)
      throw new UsageError(`--column ${pair}: give a role and a column, such as label=cancer.`);
    if (role === "group") groups.push(name);
    else roles.set(role, name);
  }
  if (groups.length > 0) roles.set("group", groups);
  if (positive) roles.set("positive", positive);
  const checked = columnRolesSchema.safeParse(Object.fromEntries(roles));
  if (checked.success) return checked.data;
  const where = file ? file.name : "--column";
  const unknown = checked.error.issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  if (unknown.length > 0)
    throw new UsageError(
      `${where}: there is no role ${unknown.join(", ")}; there are ${Object.keys(columnRolesSchema.shape).join(", ")}.`,
    );
  const issue = checked.error.issues[0];
  const role = String(issue?.path[0] ?? "path");
  throw new UsageError(
    roles.has(role)
      ? `${where}: the role ${role} must name a column${role === "group" || role === "positive" ? ", or a list" : ""}.`
      : `${where}: say which column is the ${role}, e.g. --column ${role}=file.`,
  );
}

function parseFile({ text, name }: { text: string; name: string }): object {
  try {
    const content: unknown = parse(text);
    if (typeof content === "object" && content !== null && !Array.isArray(content)) return content;
  } catch (error) {
    throw new UsageError(`${name} is no YAML: ${messageOf(error)}.`, error);
  }
  throw new UsageError(`${name} must name a column for each role, such as "path: file_name".`);
}
