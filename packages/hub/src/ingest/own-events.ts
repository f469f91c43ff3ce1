/** What the hub itself has seen, as documents beside those of requests: alerts can ask for it. */
import { createHash } from 'node:crypto';
import type { Json, SpoolRecord } from '@sluice/spool';
import { VALUE_CHARACTERS_MAX } from '../store/limits.ts';

const ECS_VERSION = '9.0.0';
/** What goes on is told once in so long. */
export const OWN_EVENT_MILLIS = 300_000;

export interface OwnEvent {
  /** `event.action`: `dead-letters`, `not-enforced`. */
  readonly action: string;
  /** What it is about: told of one subject it is stored once in {@link OWN_EVENT_MILLIS}. */
  readonly subject: string;
  /** In words. */
  readonly reason: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly observer?: string;
  readonly waf?: { readonly [field: string]: Json };
}

export function ownRecord({ action, subject, reason, at, observer, waf = {} }: OwnEvent): SpoolRecord {
  const interval = Math.floor(at / OWN_EVENT_MILLIS);
  const digest = createHash('sha256').update(`${action}\0${subject}\0${interval}`).digest('hex');
  const id = `${action}-${digest.slice(0, 32)}`;
  return {
    ...{ dataSet: 'waf', id, source: 'hub' },
    document: {
      '@timestamp': new Date(at).toISOString(),
      ecs: { version: ECS_VERSION },
      event: {
        ...{ id, kind: 'event', category: ['configuration'], type: ['info'], action, outcome: 'failure' },
        ...{ dataset: 'sluice.waf', module: 'sluice' },
        reason: reason.slice(0, VALUE_CHARACTERS_MAX).toWellFormed(),
      },
      observer: {
        ...{ vendor: 'Sluice', product: 'sluice', type: 'waf' },
        ...(observer === undefined ? {} : { name: observer }),
      },
      waf: { schema: 1, ...waf },
    },
  };
}
