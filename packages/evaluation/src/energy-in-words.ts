import type { Energy } from "@mammoflow/runtime";

/** `12.3 Wh (estimated), 5.92 g CO2e, 1.50 EUR`; three digits of what is below 1. */
export function energyInWords({ wattHours, origin, gramsCo2e, cost }: Energy): string {
  const parts = [`${significant(wattHours)} Wh (${origin})`, `${significant(gramsCo2e)} g CO2e`];
  return [
    ...parts,
    ...(cost ? [`${cost.amount >= 1 ? cost.amount.toFixed(2) : significant(cost.amount)} ${cost.currency}`] : []),
  ].join(", ");
}

/** What the figures rest on. */
export function energyBasis({ origin, basis, cost }: Energy): string {
  const { wattsPerCore, gridGramsPerKwh, pricePerHour, pricePerKwh } = basis;
  const prices = [
    ...(pricePerHour === undefined ? [] : [`${pricePerHour} ${cost?.currency ?? ""} an hour`]),
    ...(pricePerKwh === undefined ? [] : [`${pricePerKwh} ${cost?.currency ?? ""} a kWh`]),
  ];
  return [
    origin === "measured"
      ? "Measured by the processor's own counters, shared out by processor time."
      : `Estimated, at least in part: processor time times ${wattsPerCore} W a core.`,
    `Carbon at ${gridGramsPerKwh} g CO2e a kWh.`,
    ...(prices.length === 0 ? ["No price is set."] : [`Cost at ${prices.join(" and ")}.`]),
    "Power supply, disks, network and cooling are not in it.",
  ].join(" ");
}

/** Three digits that count, never as an exponent. */
function significant(value: number): string {
  if (value === 0) return "0";
  return value >= 100 ? value.toFixed(0) : value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(value))));
}
