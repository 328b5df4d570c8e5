import { z } from "zod";

export const aliveSchema = z.object({ status: z.literal("ok") }).meta({ id: "Alive" });

export const readySchema = z
  .object({ status: z.enum(["ok", "closing"]), model: z.string(), version: z.string() })
  .meta({ id: "Ready" });
