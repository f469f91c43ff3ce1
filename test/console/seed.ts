/** Events and traffic as a day of two namespaces has them, seeded: the same each time, with an attacker's text where one can write. */
import type { Json, SpoolRecord } from '@sluice/spool';

export interface SeedOptions {
  readonly events: number;
  /** Milliseconds since the epoch of the newest; the others lie in the day before it. */
  readonly until: number;
  /** What attackers send. */
  readonly payloads: readonly string[];
  /** Begin of ids. */
  readonly name?: string;
}

const DAY = 86_400_000;
export const NAMESPACES = ['shop', 'bank'] as const;
const RULES = [
  ['942100', 'SQL Injection Attack Detected via libinjection', 'attack-sqli'],
  ['941100', 'XSS Attack Detected via libinjection', 'attack-xss'],
  ['930120', 'OS File Access Attempt', 'attack-lfi'],
  ['932160', 'Remote Command Execution: Unix Shell Code Found', 'attack-rce'],
] as const;

/** A permutation that looks like chance (Weyl's sequence). */
const spread = (index: number, size: number): number =>
  Math.floor(((index * 0.618_033_988_749_895) % 1) * size);

const of = <T>(list: readonly T[], index: number): T => {
  const found = list[index % list.length];
  if (found === undefined) throw new RangeError('an empty list');
  return found;
};

export function* seededEvents({
  events,
  until,
  payloads,
  name = 'seed',
}: SeedOptions): Generator<SpoolRecord> {
  for (let index = 0; index < events; index += 1) {
    const at = until - DAY + Math.floor((index / events) * DAY);
    yield eventOf(
      `${name}${String(index).padStart(10, '0')}`,
      index,
      at,
      of(payloads, spread(index, payloads.length)),
    );
  }
}

function eventOf(id: string, index: number, at: number, payload: string): SpoolRecord {
  const [rule, message, tag] = of(RULES, spread(index, RULES.length));
  const namespace = of(NAMESPACES, spread(index + 7, 5) === 0 ? 1 : 0);
  const blocked = spread(index + 3, 3) > 0;
  const source = `203.0.${spread(index, 200)}.${spread(index + 11, 250) + 1}`;
  const document: Record<string, Json> = {
    '@timestamp': new Date(at).toISOString(),
    event: {
      ...{ id, kind: 'event', action: 'deny', outcome: 'success', dataset: 'sluice.waf' },
      category: ['web'],
      type: [blocked ? 'denied' : 'allowed'],
      reason: 'Inbound Anomaly Score Exceeded (Total Score: 5)',
    },
    http: {
      request: { id: `request-${id}`, method: 'GET', bytes: 0, referrer: payload },
      response: { status_code: blocked ? 403 : 200 },
      version: '1.1',
    },
    url: {
      original: `/items?q=${payload}`,
      domain: `${namespace}.example`,
      path: `/items/${payload.slice(0, 40)}`,
      query: `q=${payload}`,
    },
    user_agent: { original: payload },
    source: { ip: source, port: 50_000 },
    destination: { ip: '10.0.12.4', port: 8_080 },
    observer: { hostname: 'node-1', vendor: 'Sluice' },
    rule: { id: rule, ruleset: 'OWASP_CRS', version: '4.25.0' },
    waf: {
      ...{
        schema: 1,
        policy: namespace,
        mode: blocked ? 'Block' : 'Detect',
        would_block: true,
        status: 403,
        latency_us: 90 + spread(index, 400),
      },
      scores: { inbound_anomaly_score: 5 },
      rules: [
        {
          ...{
            id: rule,
            message,
            severity: 'CRITICAL',
            phase: 2,
            paranoia_level: 1,
            file: 'REQUEST-942.conf',
            line: 46,
            score: 5,
          },
          data: `Matched Data: ${payload.slice(0, 20)} found within ARGS:q: ${payload}`,
          tags: [tag, 'OWASP_CRS'],
          targets: [{ variable: 'ARGS:q', value: payload, score: 5 }],
        },
      ],
      source: { namespace: 'outside', pod: payload.slice(0, 60), owner: 'Deployment/browser' },
      destination: {
        namespace,
        pod: `${namespace}-7f9c`,
        owner: `Deployment/${namespace}`,
        service: namespace,
        labels: [`app=${namespace}`],
      },
    },
    rule_info: [`[1] Host:'${namespace}' ID:'${rule}' Data:'${payload}'`],
  };
  return { dataSet: 'waf', id, source, document };
}

/** A document an hour, of each namespace. */
export function* seededTraffic(until: number, payloads: readonly string[]): Generator<SpoolRecord> {
  for (let hour = 0; hour < 24; hour += 1) {
    for (const namespace of NAMESPACES) {
      const at = new Date(until - DAY + hour * 3_600_000).toISOString();
      const id = `l7-${namespace}-${String(hour).padStart(2, '0')}`;
      const document: Record<string, Json> = {
        '@timestamp': at,
        event: { id, kind: 'metric', start: at },
        source: { ip: '203.0.113.7' },
        destination: { ip: '10.0.12.4', port: 8_080 },
        http: { request: { method: 'GET' }, response: { status_code: 200 } },
        l7: {
          ...{ schema: 1, policy: namespace, template: of(payloads, hour), status_class: '2xx' },
          source: { namespace: 'outside', owner: 'Deployment/browser' },
          destination: { namespace, owner: `Deployment/${namespace}` },
          ...{ count: 100 + hour, blocked: hour % 5, would_block: hour % 3, responses: 100 },
        },
      };
      yield { dataSet: 'l7', id, source: '', document };
    }
  }
}
