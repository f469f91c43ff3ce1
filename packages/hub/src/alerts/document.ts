/** What alerts tell, as documents in the store that they look at. */
import { createHash } from 'node:crypto';
import { ALERT_SCHEMA, type Document, type Json, type SpoolRecord } from '@sluice/spool';
import type { EventStore } from '../store/event-store.ts';
import { VALUE_CHARACTERS_MAX } from '../store/limits.ts';
import type { AlertNotice, NoticeEnd } from './notice.ts';
import type { Attempt } from './webhook/call.ts';

const ECS_VERSION = '9.0.0';

/** Name of the target that the store is; no webhook can have it. */
export const STORE_TARGET = '@store';

/** Stored once, however often it is told: its id is the notice's. */
export async function tellStore(store: EventStore, notice: AlertNotice): Promise<Attempt> {
  try {
    const [outcome] = await store.append([recordOf(notice)]);
    if (outcome?.kind !== 'refused') return { outcome: 'told', status: null, reason: '' };
    return { outcome: 'never', status: null, reason: outcome.reason };
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'the store failed';
    return { outcome: 'again', status: null, reason };
  }
}

/** The same for the same notice, of a bounded length. */
export const digestOf = (id: string): string => createHash('sha256').update(id).digest('hex');

/** As long as a value of a document may be; that it was cut is seen. */
const bounded = (text: string): string =>
  text.length <= VALUE_CHARACTERS_MAX ? text : `${text.slice(0, VALUE_CHARACTERS_MAX - 1).toWellFormed()}…`;

type Fields = { readonly [field: string]: Json };

/** What is not known is absent. */
const told = (fields: { readonly [field: string]: Json }): Fields =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
    ),
  );

function recordOf(notice: AlertNotice): SpoolRecord {
  const { source, destination } = notice;
  const id = digestOf(notice.id);
  const document: Document = {
    '@timestamp': notice.at,
    ecs: { version: ECS_VERSION },
    event: told({
      ...{ id, kind: 'alert', category: ['intrusion_detection'], dataset: 'sluice.alert', module: 'sluice' },
      ...{ severity: notice.severity, start: notice.firedAt },
      end: notice.state === 'resolved' ? notice.at : null,
    }),
    observer: { vendor: 'Sluice', product: 'sluice' },
    ...ipOf('source', source),
    ...ipOf('destination', destination),
    message: bounded(notice.summary),
    alert: told({
      ...{ schema: ALERT_SCHEMA.version, name: notice.alert, state: notice.state, owner: notice.owner },
      ...{ description: bounded(notice.description), data_set: notice.dataSet, count: notice.count },
      key: Object.entries(notice.key).map(([field, value]) => bounded(`${field}=${value}`)),
      value: Math.round(notice.value),
      ...{ event: notice.event, rules: notice.rules },
      source: endOf(source),
      destination: endOf(destination),
    }),
  };
  return { dataSet: 'alert', id, source: 'alerts', document };
}

const ipOf = (end: 'source' | 'destination', { ip }: NoticeEnd): Fields =>
  ip === null ? {} : { [end]: { ip } };

function endOf({ namespace, pod, owner, labels }: NoticeEnd): Json {
  const fields = told({ namespace, pod, owner, labels });
  return Object.keys(fields).length === 0 ? null : fields;
}
