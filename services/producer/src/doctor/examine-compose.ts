import type { Finding } from "./finding.ts";
export async function examineCompose(_?: string): Promise<Finding[]> {
  return [];
}
