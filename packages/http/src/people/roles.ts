/** What somebody is to the dashboard and the API. */
export const roleNames = ["viewer", "operator", "auditor", "admin"] as const;
export type Role = (typeof roleNames)[number];

/** What one may do beyond looking at runs, results and queues, which everybody may who is let in. */
export type Right = "operate" | "audit";

const rights: Record<Role, Right[]> = {
  viewer: [],
  /** Starts, stops, retries and resumes runs, and changes jobs. */
  operator: ["operate"],
  /** Reads the audit log, and changes nothing. */
  auditor: ["audit"],
  admin: ["operate", "audit"],
};

export function may(role: Role, right: Right): boolean {
  return rights[role].includes(right);
}

/** The roles that a right comes with: `operator or admin`. */
export function rolesWith(right: Right): string {
  return roleNames.filter((role) => may(role, right)).join(" or ");
}
