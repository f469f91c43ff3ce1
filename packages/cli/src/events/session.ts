/** What all commands of `sluice events` have in common: which store, which documents, and where words go. */
import type { EventStore, Selection } from '@sluice/hub';
import { DATA_SETS, type DataSet } from '@sluice/spool';
import { readDemoStore } from '../demo/place.ts';
import { describeAddress, parseStoreAddress, type StoreAddress } from './address.ts';
import { EventsError } from './errors.ts';
import { readQuery } from './query.ts';
import { oneLine } from './text.ts';
import { parseTime } from './time.ts';

export interface EventsEnvironment {
  readonly stdout: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: { write(text: string): unknown };
  readonly variables: NodeJS.ProcessEnv;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** @throws EventsError EVENTS_NO_STORE, and the errors of stores */
  readonly open: (address: StoreAddress) => Promise<EventStore>;
}

export interface StoreFlags {
  readonly store?: string;
  readonly verbose?: true;
}

export interface SelectFlags extends StoreFlags {
  readonly dataSet: string;
  readonly from?: string;
  readonly to?: string;
}

/** @throws EventsError EVENTS_STORE_ADDRESS, EVENTS_NO_STORE */
export function chooseStore({ store }: StoreFlags, variables: NodeJS.ProcessEnv): StoreAddress {
  const text = store ?? (variables.SLUICE_STORE || readDemoStore(variables));
  if (text !== null) return parseStoreAddress(text);
  throw new EventsError('EVENTS_NO_STORE', { reason: 'none is named, and no demo has kept events here' });
}

/** Opens the store that the flags mean, and closes it whatever happens. */
export async function withStore<T>(
  flags: StoreFlags,
  environment: EventsEnvironment,
  use: (store: EventStore, name: string) => Promise<T>,
): Promise<T> {
  const address = chooseStore(flags, environment.variables);
  const name = oneLine(describeAddress(address));
  if (flags.verbose === true) environment.stderr.write(`asking ${name}\n`);
  const store = await environment.open(address);
  try {
    return await use(store, name);
  } finally {
    await store.close();
  }
}

/** @throws EventsError EVENTS_OPTION, HubError QUERY_SYNTAX */
export function selectionOf(query: string, flags: SelectFlags, now: number): Selection {
  const dataSet = readDataSet(flags.dataSet);
  const from = flags.from === undefined ? undefined : parseTime('--from', flags.from, now);
  const to = flags.to === undefined ? undefined : parseTime('--to', flags.to, now);
  if (from !== undefined && to !== undefined && from >= to)
    throw new EventsError('EVENTS_OPTION', { option: '--from', reason: 'it is not before --to' });
  return {
    dataSet,
    query: readQuery(query, dataSet, now),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

export function readDataSet(text: string): DataSet {
  const found = DATA_SETS.find((each) => each === text);
  if (found !== undefined) return found;
  throw new EventsError('EVENTS_OPTION', { option: '--data-set', reason: `one of ${DATA_SETS.join(', ')}` });
}

/** @throws EventsError EVENTS_OPTION */
export function readCount(option: string, text: string, max: number): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count >= 1 && count <= max) return count;
  throw new EventsError('EVENTS_OPTION', { option, reason: `${text} is no number from 1 to ${max}` });
}
