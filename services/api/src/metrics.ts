import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { QualityWarning } from "@mammoflow/serving";

export interface Metrics {
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
  answered(operation: string, status: number, seconds: number): void;
  refused(code: string): void;
  predicted(images: number, warnings: readonly QualityWarning[], label: 0 | 1): void;
}

/** Counts that name no image, no key and no client. */
export function createMetrics({ inFlight, places }: { inFlight: () => number; places: number }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: "mammoflow_api_requests_total",
    help: "Requests by operation and status.",
    labelNames: ["operation", "status"],
    registers,
  });
  const seconds = new Histogram({
    name: "mammoflow_api_request_seconds",
    help: "From a request's first byte to its answer's last.",
    labelNames: ["operation"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const refusals = new Counter({
    name: "mammoflow_api_refusals_total",
    help: "Refusals and failures by code.",
    labelNames: ["code"],
    registers,
  });
  const images = new Counter({ name: "mammoflow_api_images_total", help: "Images predicted.", registers });
  const warned = new Counter({
    name: "mammoflow_api_warnings_total",
    help: "Quality warnings by code: more of UNLIKE_TRAINING mean that the images have changed.",
    labelNames: ["code"],
    registers,
  });
  const labels = new Counter({
    name: "mammoflow_api_labels_total",
    help: "Predictions by label.",
    labelNames: ["label"],
    registers,
  });
  const taken = new Gauge({
    name: "mammoflow_api_in_flight",
    help: "Requests that have a place now.",
    registers,
  });
  const all = new Gauge({ name: "mammoflow_api_places", help: "Requests that may have a place at once.", registers });
  collectDefaultMetrics({ register: registry });
  return {
    text() {
      taken.set(inFlight());
      all.set(places);
      return registry.metrics();
    },
    contentType: registry.contentType,
    answered(operation, status, took) {
      requests.inc({ operation, status });
      seconds.observe({ operation }, took);
    },
    refused: (code) => refusals.inc({ code }),
    predicted(count, warnings, label) {
      images.inc(count);
      labels.inc({ label });
      for (const { code } of warnings) warned.inc({ code });
    },
  };
}
