/** What becomes of events: the same server with one setting that differs. */
import type { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';

export const SINKS = ['discarded', 'spool', 'every', 'synced'] as const;

export type SinkName = (typeof SINKS)[number];

/** Nobody is summed up: each event is encoded and written. */
const NO_SHARES = { perSecond: 1_000_000, burst: 1_000_000 };
const SPOOL_BYTES = 4_294_967_296;

export const ABOUT: Readonly<Record<SinkName, string>> = {
  discarded: 'events are made and thrown away',
  spool: 'a spool with its defaults: of one client some are written, the rest is summed up',
  every: 'a spool that every event is written to',
  synced: 'the same, with an fdatasync for each batch',
};

export const spoolOf = (name: SinkName, directory: TemporaryDirectory): string =>
  directory.join(`spool-${name}`);

/** `events` of its sluice.yaml. The L7 view counts requests whatever becomes of their events. */
export function eventsOf(name: SinkName, directory: TemporaryDirectory): Readonly<Record<string, unknown>> {
  if (name === 'discarded') return { stdout: false };
  const spool = { directory: spoolOf(name, directory), bytesMax: SPOOL_BYTES };
  if (name === 'spool') return { spool };
  return { spool: { ...spool, flood: NO_SHARES, fsync: name === 'synced' ? 'always' : 'interval' } };
}
