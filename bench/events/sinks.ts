/** What becomes of events: the same server with one setting that differs. */
import type { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';

/** Where none are kept: always measured, and twice, to tell chance. */
export const UNKEPT = ['none', 'again'] as const;
export const KEPT = ['spool', 'every', 'synced'] as const;
export const SINKS = [...UNKEPT, ...KEPT] as const;

export type SinkName = (typeof SINKS)[number];

/** Without events: what all others are compared with. */
export const BASE: SinkName = 'none';

/** Nobody is summed up: each event is encoded and written. */
const NO_SHARES = { perSecond: 1_000_000, burst: 1_000_000 };
const SPOOL_BYTES = 4_294_967_296;

export const ABOUT: Readonly<Record<SinkName, string>> = {
  none: 'no event is made',
  again: 'the same in another process: how far it is from the first is chance',
  spool: 'a spool with its defaults: of one client some are written, the rest is summed up',
  every: 'a spool that every event is written to',
  synced: 'the same, with an fdatasync for each batch',
};

/** Null where nothing is kept. */
export const spoolOf = (name: SinkName, directory: TemporaryDirectory): string | null =>
  name === 'none' || name === 'again' ? null : directory.join(`spool-${name}`);

/** `events` of its sluice.yaml. */
export function eventsOf(name: SinkName, directory: TemporaryDirectory): Readonly<Record<string, unknown>> {
  const path = spoolOf(name, directory);
  if (path === null) return { stdout: false };
  const spool = { directory: path, bytesMax: SPOOL_BYTES };
  if (name === 'spool') return { stdout: false, spool };
  const fsync = name === 'synced' ? 'always' : 'interval';
  return { stdout: false, spool: { ...spool, flood: NO_SHARES, fsync } };
}
