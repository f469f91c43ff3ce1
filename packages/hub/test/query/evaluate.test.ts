import { type Json, WAF_SCHEMA } from '@sluice/spool';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareText, matches, type PatternPart, parseQuery } from '../../src/index.ts';
import { wildcard } from '../../src/query/wildcard.ts';

const holds = (text: string, document: Json): boolean => matches(parseQuery(text, WAF_SCHEMA), document);

const event: Json = {
  '@timestamp': '2026-11-23T06:00:00.000Z',
  'ecs.version': '9.2.0',
  host: 'node-1',
  source: { ip: '::ffff:10.1.2.3', port: 4242 },
  related: { ip: ['10.1.2.3', '2001:db8::7'] },
  waf: {
    would_block: true,
    scores: { sql_injection_score: 10 },
    rules: [
      {
        id: '942100',
        line: 1,
        tags: ['attack-sqli', 'OWASP_CRS'],
        targets: [{ value: 'a' }, { value: 'b' }],
      },
      { id: '949110', line: 9, severity: null },
    ],
  },
  rule_info: ["[1] Host:'shop' ID:'942100'", "[2] ID:'949110'"],
};

describe('a query over a document', () => {
  it.each([
    '',
    'host = node-1',
    'ecs.version = "9.2.0"',
    'waf.rules.id = 942100 AND waf.rules.id = 949110',
    'waf.rules.targets.value = b',
    'waf.rules.tags = OWASP_CRS',
    'rule_info IN {"*942100*"}',
    "rule_info IN {x, '[?] ID:*'}",
    'waf.rules.line > 5 AND waf.rules.line < 5',
    'NOT waf.policy = shop',
    'waf.policy != shop',
    'waf.policy NOTIN {"*"}',
    'source.ip = 10.1.2.3',
    'source.ip = 10.0.0.0/8 AND source.ip < 10.1.2.4 AND source.ip >= 10.1.2.3',
    'related.ip = 2001:db8::/32',
    'related.ip = 0.0.0.0/0',
    'waf.would_block = true',
    'waf.scores.sql_injection_score >= 10',
    '@timestamp >= 2026-11-23T06:00:00Z AND @timestamp < 2026-11-23T06:00:01Z',
    'host > node AND host < node-2 AND host >= node-1 AND host <= node-1',
  ])('holds: %s', (text) => {
    expect(holds(text, event)).toBe(true);
  });

  it.each([
    'host = Node-1',
    'host = "node*"',
    'host IN {node}',
    'host IN {NODE*}',
    'waf.rules.id != 942100',
    'waf.rules.id NOTIN {"949*"}',
    'waf.policy = shop',
    'waf.policy < a',
    'waf.rules.severity IN {"*"}',
    'rule_info IN {"942100"}',
    'source.ip = 10.0.0.0/16',
    'related.ip = 2001:db9::/32',
    'waf.would_block = false',
    'waf.scores.xss_score >= 0',
    '@timestamp < 2026-11-23T06:00:00Z',
    'host IN {}',
  ])('does not hold: %s', (text) => {
    expect(holds(text, event)).toBe(false);
  });

  it('sees no value of another type, and no name of Object', () => {
    expect(holds('source.port = 80', { source: { port: '80' } })).toBe(false);
    expect(holds('host IN {"*"}', { host: { a: 'b' } })).toBe(false);
    expect(holds('waf.scores.constructor >= 0', { waf: { scores: {} } })).toBe(false);
  });
});

describe('wildcards', () => {
  const part = fc.oneof(
    fc
      .constantFrom('a', 'b', 'ab', '\u{1f600}', '\uff5e')
      .map((text): PatternPart => ({ kind: 'text', text })),
    fc.constantFrom<PatternPart>({ kind: 'any' }, { kind: 'one' }),
  );
  const text = fc
    .array(fc.constantFrom('a', 'b', '\u{1f600}', '\uff5e'))
    .map((characters) => characters.join(''));

  it('mean what a regular expression over characters means', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), text, (pattern, value) => {
        const source = pattern.map((each) =>
          each.kind === 'text' ? each.text : each.kind === 'any' ? '[^]*' : '[^]',
        );
        expect(wildcard(pattern)(value)).toBe(new RegExp(`^${source.join('')}$`, 'u').test(value));
      }),
      { numRuns: 20_000 },
    );
  });

  it('take no time that grows with the number of stars', () => {
    const stars = Array.from({ length: 10 }, (): PatternPart[] => [
      { kind: 'any' },
      { kind: 'text', text: 'a' },
    ]).flat();
    expect(wildcard([...stars, { kind: 'text', text: 'b' }])('a'.repeat(8_191))).toBe(false);
  });
});

it('orders texts by the bytes of their UTF-8', () => {
  const unit = fc.constantFrom(
    'a',
    'b',
    '\u{1f600}',
    '\u{10ffff}',
    '\uff5e',
    '\ue000',
    '\ud7ff',
    '\0',
    '\ufffd',
  );
  const text = fc.array(unit, { maxLength: 4 }).map((units) => units.join(''));
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareText(a, b))).toBe(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
    { numRuns: 5_000 },
  );
});
