/** Who sent the request of an event, as the event has it. */
import { type EventSource, QuarantineError } from '@sluice/controller/quarantine';
import type { EventStore } from '@sluice/hub';
import { textAt } from '../events/document.ts';

/**
 * By the event's own id only: an x-request-id is the client's to choose, and could lead to a request of somebody else's.
 * @throws QuarantineError QUARANTINE_EVENT_UNKNOWN
 */
export async function sourceOf(store: Pick<EventStore, 'get'>, id: string): Promise<EventSource> {
  const found = await store.get('waf', id);
  if (found === null) throw new QuarantineError('QUARANTINE_EVENT_UNKNOWN', { event: JSON.stringify(id) });
  const text = (name: string): string => textAt(found.document, `waf.source.${name}`) ?? '';
  return { id, namespace: text('namespace'), pod: text('pod'), uid: text('uid') };
}
