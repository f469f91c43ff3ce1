/** Events as an attacked shop makes them, of 2.7 KB: three rules each, a few thousand clients, one rule in five thousand rare. */
import type { Document, SpoolRecord } from '../../packages/spool/src/record.ts';

const RULES = ['942100', '942110', '941100', '920420', '920350', '913100', '930120', '932160', '980130'];
export const RARE_RULE = '999123';
const RARE_EVERY = 5_000;
export const BASE_MILLIS = Date.UTC(2026, 10, 1);
const BETWEEN_MILLIS = 50;
const TAGS = [
  'application-multi',
  'language-multi',
  'platform-multi',
  'attack-sqli',
  'paranoia-level/1',
  'OWASP_CRS',
];
const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36';

/** The same numbers in each run: Numerical Recipes' generator, its upper bits. */
export function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ruleOf = (id: string): Document => ({
  id,
  message: 'SQL Injection Attack Detected via libinjection',
  data: 'Matched Data: s&1c found within ARGS:id: 1 OR 1=1',
  severity: 'CRITICAL',
  tags: TAGS,
  phase: 2,
  paranoia_level: 1,
  file: 'REQUEST-942-APPLICATION-ATTACK-SQLI.conf',
  line: 66,
  score: 5,
  targets: [{ variable: 'ARGS:id', value: '1 OR 1=1', score: 5 }],
});

const infoOf = (id: string, at: number): string =>
  `[${at + 1}] Host:'shop' File:'/etc/waf/REQUEST-942-APPLICATION-ATTACK-SQLI.conf' Line:'66' ID:'${id}' Data:'' Severity:'2' ` +
  "Version:'OWASP_CRS/4.25.0' Message:'SQL Injection Attack Detected via libinjection'";

/** The id of the event that is the nth. */
export const eventId = (at: number): string => `0k${String(at).padStart(24, '0')}`;

export const requestId = (at: number): string =>
  `5d2b6b1c-0000-4000-8000-${String(at * 7_919).padStart(12, '0')}`;

export const clientOf = (number: number): string => `10.${number >> 8}.${number & 255}.9`;

export function eventAt(at: number, random: (below: number) => number): SpoolRecord {
  const other = RULES[random(RULES.length)] ?? '942100';
  const ids = [
    at % RARE_EVERY === 7 ? RARE_RULE : (RULES[random(RULES.length)] ?? '942100'),
    other,
    '949110',
  ];
  const id = eventId(at);
  const client = clientOf(random(4_000));
  const target = `/shop/items?id=${random(100_000)}%20OR%201=1`;
  const document: Document = {
    '@timestamp': new Date(BASE_MILLIS + at * BETWEEN_MILLIS).toISOString(),
    ecs: { version: '9.2.0' },
    event: {
      id,
      kind: 'event',
      category: ['web'],
      type: ['denied'],
      action: random(10) === 0 ? 'allow' : 'deny',
      outcome: 'success',
      dataset: 'sluice.waf',
      module: 'sluice',
      duration: random(1_000_000),
    },
    http: {
      request: { id: requestId(at), method: random(4) === 0 ? 'POST' : 'GET', bytes: 0 },
      version: '1.1',
    },
    url: { original: target, domain: 'shop.example', path: '/shop/items', scheme: 'https' },
    user_agent: { original: BROWSER },
    source: { ip: client, port: random(65_536), port_num: 0, hostname: '-' },
    destination: { ip: '10.200.0.7', port: 8_080, port_num: 8_080, hostname: 'shop' },
    observer: { vendor: 'Sluice', product: 'sluice', type: 'waf', hostname: `node-${random(5)}` },
    rule: { id: '949110', ruleset: 'OWASP_CRS', version: '4.25.0' },
    waf: {
      schema: 1,
      policy: 'shop',
      mode: 'Block',
      would_block: random(10) !== 0,
      latency_us: random(2_000),
      scores: { blocking_inbound_anomaly_score: 15, sql_injection_score: 10 },
      rules: ids.map(ruleOf),
      coverage: { body_bytes: 0, body_inspected: true, request_bytes_seen: 0, request_bytes_passed: 0 },
      destination: { namespace: 'shop', owner: `Deployment/shop-${random(20)}` },
    },
    rule_info: ids.map(infoOf),
    host: 'node-1',
    method: 'GET',
    path: target,
    protocol: 'HTTP/1.1',
    msg: 'WAF check FAILED!',
  };
  return { dataSet: 'waf', id, source: client, document };
}
