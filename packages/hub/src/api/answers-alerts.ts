/** What is answered about alerts, as schemas. Times are ISO 8601, lengths of time seconds. */
import { z } from 'zod';

const time = z.string().describe('ISO 8601.');
const maybeTime = time.nullable();
const value = z.union([z.string(), z.number(), z.boolean()]);
const key = z.record(z.string(), value).describe('Values by field.');

const end = z.object({
  ip: z.string().nullable(),
  namespace: z.string().nullable(),
  pod: z.string().nullable(),
  uid: z.string().nullable(),
  owner: z.string().nullable(),
  labels: z.array(z.string()),
});

const sample = z.object({
  event: z.string().nullable().describe('Id of the newest document when it fired.'),
  rules: z.array(z.string()),
  source: end,
  destination: end,
});

export const INSTANCE_STATES = ['firing', 'acknowledged', 'silenced', 'resolved'] as const;

export const instanceSchema = z.object({
  alert: z.string(),
  key,
  state: z.enum(INSTANCE_STATES),
  episode: z.int().describe('How often it has fired.'),
  count: z.number().describe('Documents: the most of this episode.'),
  value: z.number(),
  firedAt: time,
  seenAt: time,
  resolvedAt: maybeTime,
  notifiedAt: maybeTime.describe('When people were told that it fires.'),
  acknowledgedBy: z.string().nullable(),
  acknowledgedAt: maybeTime,
  silencedUntil: maybeTime,
  sample: sample.nullable(),
});

const statusSchema = z.object({
  lastUpdate: time,
  active: z.boolean(),
  healthy: z.boolean(),
  lastExecuted: maybeTime,
  lastEvent: maybeTime,
  errorConditions: z.array(z.object({ type: z.string(), message: z.string() })),
});

export const alertSchema = z.object({
  name: z.string(),
  severity: z.int(),
  dataSet: z.string(),
  summary: z.string(),
  description: z.string(),
  query: z.string(),
  periodSeconds: z.number(),
  lookbackSeconds: z.number(),
  cooldownSeconds: z.number(),
  owner: z.string().nullable(),
  key: z.array(z.string()),
  receivers: z.array(z.string()).nullable().describe('Null: all.'),
  status: statusSchema.nullable().describe('Null before the first evaluation.'),
  silence: z.object({ until: time, by: z.string() }).nullable(),
  firing: z.int().describe('Keys that fire.'),
});

export const alertsSchema = z.object({
  alerts: z.array(alertSchema),
  instances: z.array(instanceSchema).describe('What fires, of all of them.'),
  faults: z.array(z.string()).describe('Alerts that cannot be used, and why.'),
});

export const oneAlertSchema = z.object({ alert: alertSchema, instances: z.array(instanceSchema) });

export const acknowledgedSchema = z.object({ acknowledged: z.int() });
export const silencedSchema = z.object({ until: time });

export const deliveriesSchema = z.object({
  deliveries: z.array(
    z.object({
      notice: z.string(),
      alert: z.string(),
      told: z.enum(['firing', 'resolved']),
      target: z.string().describe('Name of the webhook; @store for the document.'),
      state: z.enum(['waiting', 'told', 'given_up']),
      attempts: z.int(),
      at: time.describe('Of the last attempt.'),
      nextAt: maybeTime.describe('Of the next one, where it waits.'),
      status: z.int().nullable(),
      reason: z.string(),
    }),
  ),
});

export const previewSchema = z.object({
  from: time,
  to: time,
  evaluations: z.int(),
  firings: z.int().describe('How often people would have been told that it fires.'),
  shortened: z.boolean().describe('Whether the time was shortened to as many evaluations as are made.'),
  shown: z.array(
    z.object({
      firedAt: time,
      resolvedAt: maybeTime,
      summary: z.string(),
      key,
      count: z.number(),
      value: z.number(),
      event: z.string().nullable(),
      source: end,
      destination: end,
    }),
  ),
});

export type SeenAlertAnswer = z.output<typeof alertSchema>;
export type InstanceAnswer = z.output<typeof instanceSchema>;
export type AlertsAnswer = z.output<typeof alertsSchema>;
export type OneAlertAnswer = z.output<typeof oneAlertSchema>;
export type DeliveriesAnswer = z.output<typeof deliveriesSchema>;
export type PreviewAnswer = z.output<typeof previewSchema>;
