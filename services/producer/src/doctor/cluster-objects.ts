import { z } from "zod";

/** What of Kubernetes' objects is looked at, as `kubectl get -o json` prints them. */
const containerSchema = z.looseObject({
  name: z.string(),
  image: z.string().default(""),
  env: z
    .array(
      z.looseObject({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.looseObject({ secretKeyRef: z.looseObject({ name: z.string() }).optional() }).optional(),
      }),
    )
    .default([]),
});

const podSpecSchema = z.looseObject({
  containers: z.array(containerSchema),
  initContainers: z.array(containerSchema).default([]),
  volumes: z
    .array(z.looseObject({ name: z.string(), secret: z.looseObject({ secretName: z.string() }).optional() }))
    .default([]),
});
export type PodSpec = z.infer<typeof podSpecSchema>;

const conditionSchema = z.looseObject({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(""),
  message: z.string().default(""),
});

const stateSchema = z.looseObject({
  waiting: z.looseObject({ reason: z.string().default(""), message: z.string().default("") }).optional(),
  terminated: z
    .looseObject({ reason: z.string().default(""), exitCode: z.number(), message: z.string().default("") })
    .optional(),
});

const metadataSchema = z.looseObject({
  name: z.string(),
  labels: z.record(z.string(), z.string()).default({}),
  deletionTimestamp: z.string().optional(),
});

const workloadSchema = z.looseObject({
  kind: z.string(),
  metadata: metadataSchema,
  spec: z.looseObject({ replicas: z.number().default(1), template: z.looseObject({ spec: podSpecSchema }) }),
  status: z
    .looseObject({ readyReplicas: z.number().default(0), conditions: z.array(conditionSchema).default([]) })
    .prefault({}),
});
/** A Deployment or a StatefulSet. */
export type Workload = z.infer<typeof workloadSchema>;

const statusSchema = z.looseObject({
  name: z.string(),
  restartCount: z.number().default(0),
  state: stateSchema.prefault({}),
  lastState: stateSchema.prefault({}),
});

const podSchema = z.looseObject({
  metadata: metadataSchema,
  status: z.looseObject({
    phase: z.string().default(""),
    conditions: z.array(conditionSchema).default([]),
    initContainerStatuses: z.array(statusSchema).default([]),
    containerStatuses: z.array(statusSchema).default([]),
  }),
});
export type Pod = z.infer<typeof podSchema>;

const scalerSchema = z.looseObject({
  kind: z.string(),
  metadata: metadataSchema,
  spec: z.looseObject({
    jobTargetRef: z.looseObject({ template: z.looseObject({ spec: podSpecSchema }) }).optional(),
    triggers: z.array(z.looseObject({ type: z.string(), metadata: z.record(z.string(), z.string()).default({}) })),
  }),
  status: z.looseObject({ conditions: z.array(conditionSchema).default([]) }).prefault({}),
});
/** KEDA's ScaledObject or ScaledJob. */
export type Scaler = z.infer<typeof scalerSchema>;

const settingsSchema = z.looseObject({
  metadata: metadataSchema,
  data: z.record(z.string(), z.string()).default({}),
});
/** A ConfigMap. */
export type ConfigMap = z.infer<typeof settingsSchema>;

const listOf = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item) });
export const workloadsSchema = listOf(workloadSchema);
export const podsSchema = listOf(podSchema);
export const scalersSchema = listOf(scalerSchema);
export const configMapsSchema = listOf(settingsSchema);
