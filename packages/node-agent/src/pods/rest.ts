/** Whether what is left of a released pod's connections is at rest, and what is waited for otherwise. */
import type { Activity } from '../envoy/node-envoy.ts';
import { OTHER_IDLE_MILLIS_MAX } from '../limits.ts';

/** Connections without HTTP have no requests that would tell: since when they have moved nothing. */
export interface Quiet {
  readonly bytes: number;
  /** Monotonic milliseconds. */
  readonly since: number;
}

export interface Rest {
  /** What is waited for; null where all is at rest. */
  readonly waitsFor: string | null;
  readonly quiet: Quiet | null;
}

/**
 * @param redirected connections of clients, whatever they speak
 * @param former what the look before gave; null for the first
 * @param now monotonic milliseconds
 */
export function restOf(activity: Activity, redirected: number, former: Quiet | null, now: number): Rest {
  const { requests, connections, otherBytes } = activity;
  const others = Math.max(0, redirected - connections);
  const isMoved = former === null || former.bytes !== otherBytes;
  const quiet = others === 0 ? null : { bytes: otherBytes, since: isMoved ? now : former.since };
  const left = quiet === null ? 0 : quiet.since + OTHER_IDLE_MILLIS_MAX - now;
  const waits = [
    ...(requests > 0 ? [counted(requests, 'request')] : []),
    ...(left > 0 ? [`${counted(others, 'connection')} without HTTP`] : []),
  ];
  return { waitsFor: waits.length === 0 ? null : waits.join(' and '), quiet };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
