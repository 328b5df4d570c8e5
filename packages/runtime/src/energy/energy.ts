import { z } from "zod";
import type { Settings } from "../config.ts";

const amount = z.number().nonnegative();

/** What a job took: a fact of how it was made, not a function of its inputs. */
export const energySchema = z.strictObject({
  /** By the clock. */
  seconds: amount,
  /** Of all threads. */
  cpuSeconds: amount,
  /** Of processor, memory where it has a counter, and graphics cards: without power supply, disks and cooling. */
  wattHours: amount,
  /** `measured`: this process's share of what the processor's counter says; `estimated`: processor time times a wattage. */
  origin: z.enum(["measured", "estimated"]),
  gramsCo2e: amount,
  /** Absent where no price is set. */
  cost: z.strictObject({ amount, currency: z.string().min(1) }).optional(),
  /** What the figures were computed with. */
  basis: z.strictObject({
    wattsPerCore: amount,
    gridGramsPerKwh: amount,
    pricePerHour: amount.optional(),
    pricePerKwh: amount.optional(),
  }),
});
export type Energy = z.infer<typeof energySchema>;

export type EnergySettings = Pick<
  Settings,
  "wattsPerCore" | "gridGramsPerKwh" | "pricePerHour" | "pricePerKwh" | "currency"
>;

/** Time and energy of a job with what they emit and cost. */
export function energyOf(
  used: Pick<Energy, "seconds" | "cpuSeconds" | "wattHours" | "origin">,
  { wattsPerCore, gridGramsPerKwh, pricePerHour, pricePerKwh, currency }: EnergySettings,
): Energy {
  const kilowattHours = used.wattHours / 1000;
  const hasPrice = pricePerHour !== undefined || pricePerKwh !== undefined;
  const price = (used.seconds / 3600) * (pricePerHour ?? 0) + kilowattHours * (pricePerKwh ?? 0);
  return {
    ...used,
    gramsCo2e: kilowattHours * gridGramsPerKwh,
    ...(hasPrice && { cost: { amount: price, currency } }),
    basis: {
      wattsPerCore,
      gridGramsPerKwh,
      ...(pricePerHour !== undefined && { pricePerHour }),
      ...(pricePerKwh !== undefined && { pricePerKwh }),
    },
  };
}

/** Energy where nothing can be measured: processor time times the wattage of a core. */
export function estimateEnergy(used: Pick<Energy, "seconds" | "cpuSeconds">, settings: EnergySettings): Energy {
  return energyOf(
    { ...used, wattHours: (used.cpuSeconds * settings.wattsPerCore) / 3600, origin: "estimated" },
    settings,
  );
}

/**
 * Several jobs together; estimated as soon as one of them is.
 *
 * @returns undefined of nothing; without a cost where not all have one in the same currency
 */
export function sumEnergy(jobs: readonly Energy[]): Energy | undefined {
  const [first] = jobs;
  if (first === undefined) return undefined;
  const sumOf = (valueOf: (job: Energy) => number): number => jobs.reduce((sum, job) => sum + valueOf(job), 0);
  const currency = first.cost?.currency;
  const hasCost = currency !== undefined && jobs.every(({ cost }) => cost?.currency === currency);
  return {
    seconds: sumOf(({ seconds }) => seconds),
    cpuSeconds: sumOf(({ cpuSeconds }) => cpuSeconds),
    wattHours: sumOf(({ wattHours }) => wattHours),
    origin: jobs.every(({ origin }) => origin === "measured") ? "measured" : "estimated",
    gramsCo2e: sumOf(({ gramsCo2e }) => gramsCo2e),
    ...(hasCost && { cost: { amount: sumOf(({ cost }) => cost?.amount ?? 0), currency } }),
    basis: first.basis,
  };
}
