import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { decide } from '../src/decide.ts';
import { UNINSPECTABLE_CAUSES, type Verdict } from '../src/inspector.ts';
import { Networks } from '../src/policies/networks.ts';
import { PolicySelector, type Selection, type SelectionRequest } from '../src/policies/select.ts';
import { isAsStrict, strictnessOf } from '../src/policies/strictness.ts';

function selectorOf(text: string): PolicySelector {
  const { policies, select } = parseConfig(text, 'sluice.yaml');
  return new PolicySelector(policies, select);
}

const HERE = { address: '10.1.2.3', port: 8_080, route: 'cart', virtualHost: 'shop' };

const request = (more: Partial<SelectionRequest> = {}): SelectionRequest => ({
  named: null,
  destination: HERE,
  client: { address: '203.0.113.7', port: 1 },
  headers: [['Host', 'shop.example']],
  uri: '/',
  ...more,
});

const POLICIES = 'policies: {a: {mode: Block}, b: {paranoia: 2}}';

describe('the destination', () => {
  const at = (destinations: string, destination: Partial<typeof HERE> = {}): string => {
    const selector = selectorOf(`${POLICIES}\nselect: {destinations: [${destinations}]}`);
    return selector.select(request({ destination: { ...HERE, ...destination } })).name;
  };

  it.each([
    ['an address', '{policy: a, addresses: [10.1.2.3]}', 'a'],
    ['a range of addresses', '{policy: a, addresses: [10.0.0.0/8]}', 'a'],
    ['another range', '{policy: a, addresses: [10.2.0.0/16]}', 'default'],
    ['a port', '{policy: a, ports: [80, 8080]}', 'a'],
    ['another port', '{policy: a, ports: [80]}', 'default'],
    ['a route', '{policy: a, routes: [cart]}', 'a'],
    ['a virtual host', '{policy: a, virtualHosts: [shop]}', 'a'],
    ['all criteria at once', '{policy: a, addresses: [10.0.0.0/8], ports: [80]}', 'default'],
    ['the first of several', '{policy: b, ports: [8080]}, {policy: a, routes: [cart]}', 'b'],
    ['the first that matches', '{policy: b, ports: [1]}, {policy: a, routes: [cart]}', 'a'],
  ])('is told by %s', (_, destinations, policy) => {
    expect(at(destinations)).toBe(policy);
    expect(at(destinations)).toBe(policy);
  });

  it('takes an IPv4 address in the form of an IPv6 one for what it is', () => {
    expect(at('{policy: a, addresses: [10.0.0.0/8]}', { address: '::ffff:10.1.2.3' })).toBe('a');
  });

  it('gives way to the policy that the route names', () => {
    const selector = selectorOf(`${POLICIES}\nselect: {destinations: [{policy: a, ports: [8080]}]}`);
    expect(selector.select(request({ named: 'b' }))).toMatchObject({ name: 'b', because: { by: 'route' } });
  });

  it('is asked by name only where the answer depends on it', () => {
    const selector = selectorOf(
      `${POLICIES}\nselect: {destinations: [{policy: a, ports: [1], routes: [x]}, {policy: b, routes: [y]}]}`,
    );
    const destination = { ...HERE, route: null };
    expect(() => selector.select(request({ destination }))).toThrow(
      expect.objectContaining({ code: 'DESTINATION_UNKNOWN' }),
    );
    expect(selector.select(request({ destination, named: 'a' })).name).toBe('a');
  });

  it('keeps right answers for more destinations than it remembers', () => {
    const selector = selectorOf(`${POLICIES}\nselect: {destinations: [{policy: a, ports: [7]}]}`);
    for (let port = 1; port < 10_000; port++) {
      const { name } = selector.select(request({ destination: { ...HERE, port } }));
      expect(name).toBe(port === 7 ? 'a' : 'default');
    }
  });
});

describe('networks', () => {
  it('keep the families apart', () => {
    const has = (list: string, address: string) => new Networks([list]).has(address);
    expect(has('::/0', '192.0.2.1')).toBe(false);
    expect(has('::/0', '::ffff:192.0.2.1')).toBe(true);
    expect(has('0.0.0.0/0', '2001:db8::1')).toBe(false);
    expect(has('::ffff:10.0.0.0/104', '10.1.1.1')).toBe(true);
    expect(has('fe80::/10', 'fe80::1%eth0')).toBe(true);
    expect(has('0.0.0.0/0', '')).toBe(false);
    expect(has('0.0.0.0/0', '1.2.3')).toBe(false);
  });
});

const MODES = ['Off', 'Detect', 'Block'] as const;
const NAMES = ['default', 'a', 'b'];
const hosts = fc.constantFrom('x.example', 'y.example', '*.example', '*.z.example');
const headerNames = fc.constantFrom('x-a', 'x-b', 'host');
const thresholds = fc.integer({ min: 1, max: 9 });

const policies = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.record({
    mode: fc.constantFrom(...MODES),
    paranoia: fc.integer({ min: 1, max: 4 }),
    thresholds: fc.record({ inbound: thresholds, outbound: thresholds }),
    addresses: fc.record({ allow: fc.constantFrom([], ['203.0.113.0/24']) }),
  }),
);

const entries = fc.array(
  fc.record(
    {
      policies: fc.subarray(NAMES),
      hosts: fc.array(hosts, { maxLength: 2 }),
      headers: fc.array(fc.record({ name: headerNames, value: fc.constantFrom(null, '1') }), {
        maxLength: 2,
      }),
      mode: fc.constantFrom('Detect', 'Block'),
      paranoia: fc.integer({ min: 1, max: 4 }),
      thresholds: fc.record({ inbound: thresholds, outbound: thresholds }, { requiredKeys: [] }),
      deny: fc.constantFrom('everybody', [], ['203.0.113.7'], ['198.51.100.0/24']),
    },
    { requiredKeys: [] },
  ),
  { maxLength: 5 },
);

const sent = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constantFrom('host', 'Host', 'HOST'),
      fc.oneof(fc.constantFrom('x.example', 'Y.Example:80', 'a.z.example.', ''), fc.string()),
    ),
    fc.tuple(fc.oneof(headerNames, fc.string()), fc.oneof(fc.constantFrom('1', ' 1 ', '2'), fc.string())),
  ),
  { maxLength: 6 },
);

const verdicts: fc.Arbitrary<Verdict> = fc.oneof(
  fc.constant<Verdict>({ kind: 'allow' }),
  fc.constant<Verdict>({ kind: 'deny', status: 403, ruleId: 1 }),
  fc.constantFrom(...UNINSPECTABLE_CAUSES).map((cause): Verdict => ({ kind: 'uninspectable', cause })),
);

/** Denied by the decision, or by the entry; what a policy of mode Off does not look at, it does not deny. */
const denies = (selection: Selection, verdict: Verdict): boolean =>
  (selection.denied && selection.policy.mode === 'Block') ||
  decide(verdict, selection.policy, selection.policy.mode).action === 'deny';

describe('what a client sends', () => {
  it('never weakens its policy', () => {
    fc.assert(
      fc.property(
        policies,
        entries,
        sent,
        sent,
        verdicts,
        fc.boolean(),
        (given, stricter, one, more, verdict, known) => {
          const usable = stricter.filter((entry) => isTaken(given, [entry]));
          const selector = selectorOf(JSON.stringify({ policies: given, select: { stricter: usable } }));
          const client = { address: known ? '203.0.113.7' : '', port: 1 };
          for (const named of [null, ...Object.keys(given)]) {
            const select = (headers: SelectionRequest['headers']) =>
              selector.select(request({ named, headers, client }));
            const [none, some, all] = [select([]), select(one), select([...one, ...more])];
            for (const [weak, strong] of [
              [none, some],
              [some, all],
            ] as const) {
              expect(strong.name).toBe(weak.name);
              expect(isAsStrict(settingsOf(strong), settingsOf(weak))).toBe(true);
              expect(selector.variants.get(strong.ruleSet)?.policy).toEqual(strong.policy);
              expect(denies(weak, verdict) && !denies(strong, verdict)).toBe(false);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  const settingsOf = (selection: Selection) => ({
    ...strictnessOf(selection.policy),
    denied: selection.denied,
  });

  function isTaken(given: object, stricter: readonly object[]): boolean {
    try {
      selectorOf(JSON.stringify({ policies: given, select: { stricter } }));
      return true;
    } catch (error) {
      // Entries that change nothing are refused.
      if (error instanceof Error && error.message.includes('CONFIG_INVALID')) return false;
      throw error;
    }
  }

  it('matches by host and headers as they are written in any form', () => {
    const selector = selectorOf(
      `select: {stricter: [{hosts: [admin.example, "*.dev.example"], headers: [{name: X-Team, value: red}], mode: Block}]}`,
    );
    const mode = (host: string, team = 'red') =>
      selector.select(
        request({
          headers: [
            ['hOST', host],
            ['x-teaM', team],
          ],
        }),
      ).policy.mode;
    for (const host of ['admin.example', 'ADMIN.example:443', 'admin.example.', 'a.b.dev.example']) {
      expect(mode(host)).toBe('Block');
    }
    for (const host of ['xadmin.example', 'dev.example', 'admin.example.org'])
      expect(mode(host)).toBe('Detect');
    expect(mode('admin.example', 'blue')).toBe('Detect');
  });
});
