/** What people ask of a store of events, by name. */
import type { AggregateRequest, EventStore } from '../../packages/hub/src/index.ts';
import { parseQuery, schemaOf } from '../../packages/hub/src/index.ts';
import { BASE_MILLIS, clientOf, eventId, RARE_RULE, requestId } from './events.ts';

export interface Question {
  readonly name: string;
  /** How many documents or buckets the answer has. */
  readonly ask: (store: EventStore) => Promise<number>;
}

const PAGE = 50;
const DAY_MILLIS = 86_400_000;
const parse = (text: string) => parseQuery(text, schemaOf('waf'));

function search(name: string, query: string, more: { readonly from?: number } = {}): Question {
  const request = { dataSet: 'waf', query: parse(query), size: PAGE, ...more } as const;
  return { name: `search: ${name}`, ask: async (store) => (await store.search(request)).documents.length };
}

function aggregate(
  name: string,
  query: string,
  request: DistributiveOmit<AggregateRequest, 'dataSet' | 'query'>,
): Question {
  const whole = { dataSet: 'waf', query: parse(query), ...request } as const;
  return { name: `aggregate: ${name}`, ask: async (store) => (await store.aggregate(whole)).buckets.length };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** @param events how many there are in the store */
export const questionsOf = (events: number): readonly Question[] => [
  search('the newest', ''),
  search('a rule of each fifth event', 'waf.rules.id = 942100'),
  search('a rare rule', `waf.rules.id = ${RARE_RULE}`),
  search('rule_info of a common rule', '"rule_info" IN {"*942100*"}'),
  search('rule_info of a rare rule', `"rule_info" IN {"*${RARE_RULE}*"}`),
  search('one client', `source.ip = ${clientOf(77)}`),
  search('clients of a block', 'source.ip = 10.3.0.0/16'),
  search('one workload', 'waf.destination.owner = Deployment/shop-3'),
  search('allowed, would block', 'event.action = allow AND waf.would_block = true'),
  search('one request id', `http.request.id = ${requestId(events >> 1)}`),
  search('a tag, in documents', 'waf.rules.tags = attack-sqli'),
  {
    name: 'get: one document',
    ask: async (store) => Number((await store.get('waf', eventId(events >> 1))) !== null),
  },
  {
    name: 'count: one client',
    ask: (store) => store.count({ dataSet: 'waf', query: parse(`source.ip = ${clientOf(77)}`) }),
  },
  {
    name: 'count: denied',
    ask: (store) => store.count({ dataSet: 'waf', query: parse('event.action = deny') }),
  },
  aggregate('events by hour', '', { kind: 'date_histogram', intervalMillis: 3_600_000 }),
  aggregate(
    'top rules of six hours',
    `@timestamp < "${new Date(BASE_MILLIS + DAY_MILLIS / 4).toISOString()}"`,
    {
      kind: 'terms',
      field: 'waf.rules.id',
      size: 10,
    },
  ),
  aggregate('top clients', '', { kind: 'terms', field: 'source.ip', size: 10 }),
  aggregate('latency by action', '', {
    kind: 'terms',
    field: 'event.action',
    size: 10,
    metric: { kind: 'avg', field: 'waf.latency_us' },
  }),
  search('nothing, in documents: scans all', 'user_agent.original = nobody'),
];
