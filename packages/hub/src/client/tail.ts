/** Server-sent events of /v1/tail. */
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { storedDocumentSchema } from '../api/answers.ts';
import { HubError } from '../errors.ts';
import type { StoredDocument } from '../store/event-store.ts';

export type TailEvent =
  | { readonly kind: 'document'; readonly stored: StoredDocument }
  /** So many were left out, because this side read too slowly. */
  | { readonly kind: 'missed'; readonly documents: number };

/** Bytes of one event: more than a document can have. */
const EVENT_LENGTH_MAX = 33_554_432;

const missedSchema = z.object({ documents: z.int() });

/** @throws HubError HUB_ANSWER */
export async function* readEvents(stream: AsyncIterable<Buffer>): AsyncGenerator<TailEvent> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const part of stream) {
    rest += decoder.write(part);
    const events = rest.split('\n\n');
    rest = events.pop() ?? '';
    if (rest.length > EVENT_LENGTH_MAX) throw senseless('an event without an end');
    for (const text of events) {
      const event = readEvent(text);
      if (event !== null) yield event;
    }
  }
}

const senseless = (reason: string): HubError => new HubError('HUB_ANSWER', { address: '/v1/tail', reason });

/** Null for comments, which are signs of life, and for kinds that a later hub may have. */
function readEvent(text: string): TailEvent | null {
  const field = (name: string): string =>
    text
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? '';
  const kind = field('event');
  if (kind === 'missed') return { kind, documents: parsed(missedSchema, field('data')).documents };
  return kind === 'document' ? { kind, stored: parsed(storedDocumentSchema, field('data')) } : null;
}

function parsed<T extends z.ZodType>(schema: T, text: string): z.output<T> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HubError('HUB_ANSWER', { address: '/v1/tail', reason: 'an event that is none' }, cause);
  }
}
