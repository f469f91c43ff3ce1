/** What goes in and comes out at the addresses of alerts as they are written. */
import { z } from 'zod';
import { CONSOLE_LIMITS } from '../limits.ts';
import { draftSchema } from './workload-schemas.ts';

const place = z.enum(['folder', 'cluster']).describe('Files beside the hub, or objects of the cluster.');

const key = {
  namespace: z.string().max(63).nullable().describe('Null: it sees all of them.'),
  name: z.string().min(1).max(253),
};

export const alertChangeSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('save'),
    place,
    text: z.string().min(1).max(CONSOLE_LIMITS.alertCharactersMax).describe('YAML of one Alert.'),
    of: z.strictObject(key).nullable().describe('The one that is changed; null: a new one.'),
  }),
  z.strictObject({ kind: z.literal('remove'), place, ...key }),
]);

export const alertApplySchema = z.strictObject({
  change: alertChangeSchema,
  version: z.string().max(200).describe('Of the draft: what has changed meanwhile is not written over.'),
});

export const alertDraftSchema = draftSchema.omit({ wouldBlock: true });

export const alertRulesSchema = z.object({
  places: z.array(place).describe('Where alerts can be written.'),
  rules: z.array(
    z.object({
      ...{ ...key, place, kind: z.enum(['Alert', 'GlobalAlert']) },
      ...{ text: z.string(), version: z.string(), source: z.string() },
      refused: z.string().describe('Why it is not changed from here; empty where it can be.'),
      acts: z.boolean().describe('Whether who asks may change it.'),
    }),
  ),
  acts: z.boolean().describe('Whether who asks may write one somewhere.'),
});
