/** Events as the CRS makes them of attacks, about 2 KB each; number N is the same in every run. */
import type { SpoolRecord } from '../../packages/spool/src/index.ts';

const BEGINNING = Date.UTC(2026, 0, 1);
const PATHS = [
  '/shop/item',
  '/login',
  '/api/v1/orders',
  '/search',
  '/admin/users',
  '/index.php',
  '/wp-login.php',
];
const ATTACKS = [
  "1' OR '1'='1' -- ",
  '<script>alert(document.cookie)</script>',
  '../../../../etc/passwd',
  '; cat /etc/shadow',
  'UNION SELECT username, password FROM users',
];

const rulesFor = (attack: string) =>
  ['942100', '942190', '949110'].map((rule, index) => ({
    id: rule,
    message: 'SQL Injection Attack Detected via libinjection',
    data: `Matched Data: s&1 found within ARGS:id: ${attack}`,
    severity: 'CRITICAL',
    tags: [
      'application-multi',
      'language-multi',
      'platform-multi',
      'attack-sqli',
      'paranoia-level/1',
      'OWASP_CRS',
    ],
    phase: 2,
    paranoia_level: 1,
    file: 'REQUEST-942-APPLICATION-ATTACK-SQLI.conf',
    line: 46 + index * 30,
    score: index === 2 ? 0 : 5,
    targets: [{ variable: 'ARGS:id', value: attack, score: index === 2 ? 0 : 5 }],
  }));

export function eventOf(number: number): SpoolRecord {
  const id = `${(BEGINNING + number).toString(16).padStart(12, '0')}${(number * 2_654_435_761).toString(16).padStart(20, '0')}`;
  const path = PATHS[number % PATHS.length] ?? '/';
  const attack = ATTACKS[number % ATTACKS.length] ?? '';
  const ip = `198.51.${(number >> 8) % 100}.${number % 256}`;
  const original = `${path}?id=${encodeURIComponent(attack)}&n=${number}`;
  const time = new Date(BEGINNING + number).toISOString();
  return {
    dataSet: 'waf',
    id,
    source: ip,
    document: {
      '@timestamp': time,
      ecs: { version: '9.0.0' },
      event: {
        id,
        kind: 'event',
        category: ['web'],
        type: ['denied'],
        action: 'deny',
        outcome: 'success',
        dataset: 'sluice.waf',
        module: 'sluice',
        duration: 480_000 + (number % 1_000),
        severity: 2,
        reason: 'Inbound Anomaly Score Exceeded (Total Score: 10)',
      },
      http: {
        request: { id: `req-${number}`, method: 'GET', bytes: 0 },
        response: { status_code: 403 },
        version: '1.1',
      },
      url: {
        original,
        domain: 'shop.example',
        path,
        query: original.slice(path.length + 1),
        scheme: 'https',
      },
      user_agent: { original: 'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0' },
      source: { ip, port: 40_000 + (number % 20_000) },
      destination: { ip: '10.0.3.7', port: 8080 },
      observer: {
        vendor: 'Sluice',
        product: 'sluice',
        type: 'waf',
        version: '0.1.0',
        hostname: `node-${number % 12}`,
      },
      rule: { id: '949110', ruleset: 'OWASP_CRS', version: '4.25.0' },
      waf: {
        schema: 1,
        policy: 'default',
        mode: 'Block',
        would_block: true,
        status: 403,
        latency_us: 300 + (number % 400),
        rules: rulesFor(attack),
        scores: { blocking_inbound_anomaly_score: 10 },
        coverage: { body_bytes: 0, body_inspected: true },
      },
      method: 'GET',
      path: original,
      host: `node-${number % 12}`,
      msg: 'WAF check FAILED!',
    },
  };
}
