/** The request of an event, put together again as far as it is stored, and what is lost of it. */

import { jsonAt } from '@sluice/hub';
import type { Document } from '@sluice/spool';
import type { ReplayAsked } from './desk.ts';

export interface StoredRequest {
  readonly asked: ReplayAsked;
  /** What the stored request lacks, in sentences: where there is any, what is said of it is no proof. */
  readonly lost: readonly string[];
}

/** What masking leaves of a secret (packages/engine, event/mask.ts). */
const MASK = '***';
/** Behind a text that was too long (event/showable.ts). */
const CUT = /… \(cut(?:, \d+ bytes in all)?\)$/;
/** Stands for bytes that are no UTF-8. */
const NO_TEXT = '\ufffd';

export function storedRequest(document: Document): StoredRequest {
  const text = (path: string): string => {
    const value = jsonAt(document, path)[0];
    return typeof value === 'string' ? value : '';
  };
  const uri = text('url.original');
  const headers = (
    [
      ['host', text('url.domain')],
      ['user-agent', text('user_agent.original')],
      ['referer', text('http.request.referrer')],
    ] as const
  ).filter(([, value]) => value !== '');
  const version = text('http.version');
  const method = text('http.request.method');
  const bytes = Number(jsonAt(document, 'http.request.bytes')[0] ?? 0);
  const asked: ReplayAsked = {
    policy: text('waf.policy'),
    method,
    uri,
    protocol: `HTTP/${version === '' ? '1.1' : version}`,
    // A request with a body says how long it is; that it has none now is said below.
    headers: method === 'GET' || method === 'HEAD' ? headers : [...headers, ['content-length', '0']],
    client: text('source.ip'),
  };
  return { asked, lost: lostOf(document, { uri, headers, bytes }) };
}

function lostOf(
  document: Document,
  {
    uri,
    headers,
    bytes,
  }: {
    readonly uri: string;
    readonly headers: ReplayAsked['headers'];
    readonly bytes: number;
  },
): readonly string[] {
  const texts = [uri, ...headers.map(([, value]) => value)];
  const phases = jsonAt(document, 'waf.rules.phase').map(Number);
  const found: readonly (string | false)[] = [
    texts.some((each) => each.includes(MASK)) && 'secrets in it were masked when the event was made',
    texts.some((each) => CUT.test(each)) && 'its address or a header was too long to be stored whole',
    texts.some((each) => each.includes(NO_TEXT)) &&
      'bytes in it that are no text are not stored as they were',
    bytes > 0 && `its body of ${bytes} bytes is not stored`,
    phases.some((phase) => phase === 3 || phase === 4) &&
      'its response, in which rules matched, is not stored',
    jsonAt(document, 'event.action')[0] === 'uninspectable' &&
      'it could not be inspected whole, for a cause that is not in what is stored',
  ];
  return found.filter((each) => each !== false);
}
