/** `l7` in sluice.yaml. */
import { z } from 'zod';
import { count } from '../policies/policy-schema.ts';
import { DEFAULT_L7 } from './limits.ts';

const settings = z.strictObject({
  intervalMillis: count(1_000, 3_600_000).default(DEFAULT_L7.intervalMillis),
  destinationsMax: count(1, 100_000).default(DEFAULT_L7.destinationsMax),
  templatesMax: count(16, 100_000).default(DEFAULT_L7.templatesMax),
  sourcesMax: count(1, 1_000_000).default(DEFAULT_L7.sourcesMax),
  groupsMax: count(100, 1_000_000).default(DEFAULT_L7.groupsMax),
});

export const l7Schema = z.union([settings, z.literal(false)]).prefault({});
