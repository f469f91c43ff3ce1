/** What an event says of the message itself, whatever was found in it. */
import { isIP } from 'node:net';
import type { Endpoint } from '../attributes/http-attributes.ts';
import { known } from './absent.ts';
import type { ShownCoverage } from './coverage.ts';
import type { EventContext } from './event-options.ts';
import type { EventRequest, EventResponse } from './source.ts';
import { traceIdOf } from './trace.ts';
import type { EventAction, WafEvent } from './waf-event.ts';

export interface EventOutcome {
  /** Of the event. */
  readonly id: string;
  readonly startedAtMillis: number;
  readonly durationMicros: number;
  /** Whether the client was refused, and not only would have been. */
  readonly isDenied: boolean;
  readonly action: EventAction;
  /** Inspection was cut short or failed. */
  readonly isIncomplete: boolean;
  /** Of the most severe rule that matched; null: none. */
  readonly severity: number | null;
  /** In words, masked. */
  readonly reason: string;
  /** HTTP status that the client got; null where it is not known. */
  readonly status: number | null;
  readonly msg: string;
  readonly level: WafEvent['level'];
}

export interface Told {
  readonly request: EventRequest;
  readonly response: EventResponse | null;
  readonly coverage: ShownCoverage;
  readonly context: EventContext;
  /** Masks and cuts. */
  readonly shows: (value: string) => string;
}

type MessageFields = Omit<WafEvent, 'waf' | 'rule' | 'rule_info' | 'rules'>;

export function messageFields(told: Told, outcome: EventOutcome): MessageFields {
  const { request, context, shows } = told;
  const { attributes } = request;
  const { observer, gateway } = context;
  const agent = request.header('user-agent') ?? '';
  const id = shows(attributes.id);
  const original = shows(attributes.uri);
  const addresses = [addressOf(attributes.client), addressOf(attributes.server)];
  const ips = [...new Set(addresses.filter((ip) => ip !== null))];
  return {
    '@timestamp': new Date(outcome.startedAtMillis).toISOString(),
    ecs: { version: '9.2.0' },
    event: eventFields(outcome),
    http: httpFields(told, outcome),
    url: urlFields(told, original),
    ...known('user_agent', agent === '' ? null : { original: shows(agent) }),
    source: endFields(attributes.client, context.source?.pod),
    destination: endFields(attributes.server, context.destination?.pod ?? context.destination?.service),
    observer: observerFields(observer),
    ...known('trace', traceFields(told)),
    ...known('related', ips.length === 0 ? null : { ip: ips }),
    ...known('host', observer?.hostname),
    method: shows(attributes.method),
    path: original,
    protocol: shows(attributes.protocol),
    msg: outcome.msg,
    request_id: id,
    level: outcome.level,
    ...known('gateway_name', gateway?.name),
    ...known('gateway_namespace', gateway?.namespace),
  };
}

export const observerFields = (observer: EventContext['observer']): WafEvent['observer'] => ({
  vendor: 'Sluice',
  product: 'sluice',
  type: 'waf',
  ...known('version', observer?.version),
  ...known('hostname', observer?.hostname),
});

const eventFields = (outcome: EventOutcome): WafEvent['event'] => ({
  id: outcome.id,
  kind: 'event',
  category: ['web'],
  type: [outcome.isDenied ? 'denied' : 'allowed'],
  action: outcome.action,
  outcome: outcome.isIncomplete ? 'failure' : 'success',
  dataset: 'sluice.waf',
  module: 'sluice',
  duration: outcome.durationMicros * 1_000,
  ...known('severity', outcome.severity),
  ...known('reason', outcome.reason),
});

function httpFields(
  { request, response, coverage, shows }: Told,
  { status }: EventOutcome,
): WafEvent['http'] {
  const { attributes } = request;
  const answer = {
    ...known('status_code', status),
    ...known('bytes', response === null ? null : coverage.response_bytes_seen),
    ...known('mime_type', shows(mediaType(response?.header('content-type')))),
  };
  return {
    request: {
      id: shows(attributes.id),
      method: shows(attributes.method),
      bytes: coverage.request_bytes_seen,
      ...known('mime_type', shows(mediaType(request.header('content-type')))),
      ...known('referrer', shows(request.header('referer') ?? '')),
    },
    ...known('response', Object.keys(answer).length === 0 ? null : answer),
    version: shows(attributes.protocol.replace('HTTP/', '')),
  };
}

const urlFields = ({ request, context, shows }: Told, original: string): WafEvent['url'] => ({
  original,
  domain: shows(request.header('host') ?? ''),
  path: shows(request.target.path),
  ...known('query', shows(request.target.query ?? '')),
  ...known('scheme', context.scheme),
});

/** Masked like all values; what is left of an id that looks like a secret is none. */
function traceFields({ request, shows }: Told): WafEvent['trace'] | null {
  const id = traceIdOf(request.headers);
  return id === null || shows(id) !== id ? null : { id };
}

/** Without parameters. */
const mediaType = (contentType = ''): string => (contentType.split(';')[0] ?? '').trim().toLowerCase();

/** Stores refuse a document whose address is none; a zone (`%eth0`) is the machine's own business. */
export function addressOf({ address }: Endpoint): string | null {
  const plain = address.replace(/%.*$/, '');
  return isIP(plain) === 0 ? null : plain;
}

/** @param name the pod or service there; undefined where it is not known */
function endFields(end: Endpoint, name: string | undefined): WafEvent['source'] {
  const isKnown = Number.isInteger(end.port) && end.port > 0 && end.port <= 65_535;
  return {
    ...known('ip', addressOf(end)),
    ...known('port', isKnown ? end.port : null),
    ...known('port_num', isKnown ? end.port : null),
    hostname: name ?? '-',
  };
}
