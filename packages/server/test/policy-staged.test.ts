import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig, parseLocatedConfig } from '../src/config.ts';
import { explainPolicy } from '../src/policies/explain.ts';
import { PolicySelector } from '../src/policies/select.ts';
import { isInStage } from '../src/policies/staged.ts';

const HERE = { address: '10.1.2.3', port: 8_080, route: null, virtualHost: null };

function modeOf(policy: string, { uri = '/', client = '203.0.113.7', select = '{}' } = {}): string {
  const config = parseConfig(`policies: {default: ${policy}}\nselect: ${select}`, 'sluice.yaml');
  const selector = new PolicySelector(config.policies, config.select);
  const headers = [['Host', 'admin.shop.example']] as const;
  const asked = { named: null, destination: HERE, client: { address: client, port: 1 }, headers, uri };
  const selection = selector.select(asked);
  // What is selected has rules: a rule set that is not there would be an error in front of every request.
  expect(selector.variants.get(selection.ruleSet)?.policy.mode).toBe(selection.policy.mode);
  return selection.policy.mode;
}

const clients = Array.from({ length: 2_000 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
const inShare = (percent: number, policy = 'shop'): readonly string[] =>
  clients.filter((client) => isInStage({ paths: [], percent }, { policy, uri: '/', client }));

describe('a stage by paths', () => {
  it.each([
    ['/cart', 'Block'],
    ['/cart?q=1', 'Block'],
    ['/cart#x', 'Block'],
    ['/api/', 'Block'],
    ['/api/v1/items', 'Block'],
    ['/carts', 'Detect'],
    ['/api', 'Detect'],
    ['/c%61rts', 'Detect'],
    ['/a%70i/x', 'Block'],
    ['/files/a%C3%BC%zz', 'Detect'],
    ['/', 'Detect'],
  ])('%s is in %s', (uri, mode) => {
    expect(modeOf('{staged: {paths: [/cart, /api/*]}}', { uri })).toBe(mode);
  });

  it.each([
    '/x/../cart',
    '//cart',
    '/%2e/cart',
    '/cart;a=b',
    '/ca%72t',
    '/ca%72t/%2f',
    '*',
    'http://shop.example/',
    '',
  ])('%j, which may be read as one of them, is in Block', (uri) =>
    expect(modeOf('{staged: {paths: [/cart]}}', { uri })).toBe('Block'),
  );
});

describe('a stage by a percentage of clients', () => {
  it.each([1, 10, 50, 90])('has about %d percent of them', (percent) => {
    expect(Math.abs(inShare(percent).length / clients.length - percent / 100)).toBeLessThan(0.03);
  });

  it('keeps its clients when it grows, whatever they ask for', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(100), fc.nat(100), fc.webPath(), (client, one, other, uri) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const isIn = (percent: number, at: string) =>
          isInStage({ paths: [], percent }, { policy: 'shop', uri: at, client });
        expect(isIn(low, uri) && !isIn(high, '/')).toBe(false);
      }),
    );
  });

  it('has other clients for another policy', () => {
    expect(inShare(50, 'a')).not.toEqual(inShare(50, 'b'));
  });

  it('has who has no address, and everybody at 100', () => {
    expect(modeOf('{staged: {percent: 0.01}}', { client: '' })).toBe('Block');
    expect(inShare(100)).toEqual(clients);
  });
});

describe('a policy with stages', () => {
  it('says nothing in Block and in Off', () => {
    expect(modeOf('{mode: Block, staged: {percent: 1}}')).toBe('Block');
    expect(modeOf('{mode: Off, staged: {percent: 100}}')).toBe('Off');
  });

  it('is made stricter by hosts all the same', () => {
    const select = '{stricter: [{hosts: [admin.shop.example], paranoia: 3}]}';
    const config = parseConfig(
      `policies: {default: {staged: {paths: [/cart]}}}\nselect: ${select}`,
      'sluice.yaml',
    );
    expect([...new PolicySelector(config.policies, config.select).variants.keys()]).toEqual([
      'default',
      'default#Block-1-5-4',
      'default#Detect-3-5-4',
      'default#Block-3-5-4',
    ]);
    expect(modeOf('{staged: {paths: [/cart]}}', { uri: '/cart', select })).toBe('Block');
    expect(modeOf('{staged: {paths: [/cart]}}', { uri: '/', select })).toBe('Detect');
  });

  it.each(['{}', '{paths: []}', '{percent: 101}', '{percent: -1}', '{paths: [cart]}', '{share: 1}'])(
    'cannot say %s',
    (staged) => {
      expect(() => parseConfig(`policies: {default: {staged: ${staged}}}`, 'sluice.yaml')).toThrow(/staged/);
    },
  );
});

describe('explaining a policy with stages', () => {
  const located = parseLocatedConfig(
    'policies:\n  default:\n    mode: Detect\n    staged: {paths: [/cart]}\n',
    'sluice.yaml',
  );
  const explained = (uri: string) =>
    explainPolicy(located, { named: null, destination: HERE, clientAddress: '', headers: [], uri });

  it('says that a request is in the stage, where that is written, and what the mode is', () => {
    const { because, settings } = explained('/cart');
    expect(because[1]).toMatchObject({
      reason: expect.stringContaining('blocks already'),
      place: { line: 4 },
    });
    expect(settings.find(({ name }) => name === 'mode')).toMatchObject({
      ...{ value: 'Block', from: 'stricter', place: { line: 4 } },
    });
  });

  it('says nothing of it for others', () => {
    const { because, settings } = explained('/');
    expect(because).toHaveLength(1);
    expect(settings.find(({ name }) => name === 'mode')).toMatchObject({ value: 'Detect', from: 'policy' });
  });
});

describe('an exclusion that expires', () => {
  const at = (now: string, expires = '2026-12-31'): number =>
    parseConfig(
      `policies: {default: {exclusions: [{rules: [942100], owner: shop, expires: ${expires}}, {rules: [942110]}]}}`,
      'sluice.yaml',
      Date.parse(now),
    ).policies.default.exclusions.length;

  it('holds before its time and not from then on', () => {
    expect(at('2026-12-30T23:59:59.999Z')).toBe(2);
    expect(at('2026-12-31T00:00:00Z')).toBe(1);
    expect(at('2026-12-31T01:00:00Z', '2026-12-31T03:00:00+01:00')).toBe(2);
    expect(at('2026-12-31T02:00:00Z', '2026-12-31T03:00:00+01:00')).toBe(1);
  });

  it.each(['soon', '2026-13-01', '2026-12-31T10:00'])('cannot end at %s', (expires) => {
    expect(() => at('2026-01-01T00:00:00Z', expires)).toThrow(/expires/);
  });
});
