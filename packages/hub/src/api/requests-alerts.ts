/** What can be asked of alerts, as schemas. */
import { z } from 'zod';
import { ALERT_LIMITS } from '../alerts/limits.ts';
import { time } from './requests.ts';

const DELIVERIES_MAX = 1_000;

const name = z.string().min(1).max(ALERT_LIMITS.nameCharactersMax);

const meant = {
  alert: name,
  key: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('Values by field, as the list shows them; without it, all that fire, or the whole alert.'),
  by: z.string().min(1).max(253).describe('Who says so.'),
};

export const acknowledgeSchema = z.strictObject(meant);

export const silenceSchema = z.strictObject({
  ...meant,
  seconds: z.int().min(0).max(ALERT_LIMITS.silenceSecondsMax).describe('For how long; 0 ends a silence.'),
});

export const deliveriesRequestSchema = z.strictObject({
  alert: name.optional(),
  size: z.int().min(1).max(DELIVERIES_MAX).default(100),
});

export const previewRequestSchema = z.strictObject({
  spec: z.looseObject({}).describe('Of an Alert or a GlobalAlert.'),
  namespace: z.string().min(1).max(253).optional().describe('Of an Alert: what it may see.'),
  from: time.optional().describe('A day ago unless given.'),
  to: time.optional().describe('Now unless given.'),
});
