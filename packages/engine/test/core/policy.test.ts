import { describe, expect, test } from 'vitest';
import { overlayFor } from '../../src/link/overlay.ts';
import { POLICY_RULE_IDS } from '../../src/link/policy-rules.ts';
import { FORM, type Message, refusalOf, ruleSetOf, run } from './support.ts';

const EVIL = `
SecRule ARGS "@contains evil" "id:1,phase:2,deny,tag:'attack-x'"
SecRule ARGS "@contains evil" "id:2,phase:2,deny,tag:'attack-x/more'"
`;
const QUERY = '?q=evil';

const idsOf = (message: Message, policy: Parameters<typeof run>[2]): readonly number[] =>
  run(EVIL, message, { mode: 'Detect', ...policy }).ids.filter((id) => id < POLICY_RULE_IDS.firstExclusion);

describe('addresses of a policy', () => {
  const addresses = { deny: ['198.51.100.0/24', '2001:db8::/32'], allow: ['192.0.2.7', '198.51.100.9'] };

  test('one of a denied network is refused in phase 1, whatever it asks for', () => {
    for (const client of ['198.51.100.200', '2001:db8::1', '::ffff:198.51.100.200']) {
      const { verdict, ids } = run(EVIL, { client }, { addresses });
      expect(verdict).toMatchObject({ kind: 'deny', status: 403, phase: 1 });
      expect(ids).toEqual([POLICY_RULE_IDS.deniedAddress]);
    }
  });

  test('one that is allowed is not inspected', () => {
    const outcome = run(EVIL, { client: '192.0.2.7', uri: `/${QUERY}` }, { addresses });
    expect(outcome.verdict).toEqual({ kind: 'allow' });
    expect(outcome.result.mode).toBe('Off');
    expect(run(EVIL, { client: '192.0.2.8', uri: `/${QUERY}` }, { addresses }).verdict.kind).toBe('deny');
  });

  test('one in both lists is refused', () => {
    expect(run(EVIL, { client: '198.51.100.9' }, { addresses }).verdict.kind).toBe('deny');
  });

  test('in Detect a denied one is noted, and the other rules still judge it', () => {
    const { verdict, ids } = run(
      EVIL,
      { client: '198.51.100.1', uri: `/${QUERY}` },
      { addresses, mode: 'Detect' },
    );
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: POLICY_RULE_IDS.deniedAddress });
    expect(ids).toEqual([POLICY_RULE_IDS.deniedAddress, 1, 2]);
  });

  test('what is no address is refused with its place', () => {
    const error = refusalOf(() =>
      overlayFor({ name: 'shop', mode: 'Block', addresses: { allow: ['192.0.2.1', 'localhost'] } }),
    );
    expect(error.code).toBe('SECLANG_BAD_ARGUMENT');
    expect(error.message).toContain('policy shop, addresses.allow[1]');
    for (const text of ['300.1.1.1', '10.0.0.0/33', '']) {
      const bad = () => overlayFor({ name: 'shop', mode: 'Block', addresses: { deny: [text] } });
      expect(refusalOf(bad).code, text).toBe('SECLANG_BAD_ARGUMENT');
    }
  });
});

describe('exclusions of a policy', () => {
  test('by id, by range and by tag rules do not run; a tag counts in full', () => {
    const message = { uri: `/${QUERY}` };
    expect(idsOf(message, { exclusions: [] })).toEqual([1, 2]);
    expect(idsOf(message, { exclusions: [{ ids: [1] }] })).toEqual([2]);
    expect(idsOf(message, { exclusions: [{ ids: [[1, 5]] }] })).toEqual([]);
    expect(idsOf(message, { exclusions: [{ tags: ['attack-x'] }] })).toEqual([2]);
    expect(idsOf(message, { exclusions: [{ tags: ['ttack.x'] }] })).toEqual([1, 2]);
  });

  test('with targets rules no longer read those', () => {
    const exclusions = [{ ids: [1], targets: ['ARGS:q', 'ARGS:/^p/'] }];
    expect(idsOf({ uri: '/?q=evil&p2=evil' }, { exclusions })).toEqual([2]);
    expect(idsOf({ uri: '/?q=evil&r=evil' }, { exclusions })).toEqual([1, 2]);
  });

  test('with paths they hold there and nowhere else', () => {
    const exclusions = [{ tags: ['attack-x'], paths: ['/api/*', '/search'] }];
    for (const path of ['/api/', '/api/a/b', '/search']) {
      expect(idsOf({ uri: path + QUERY }, { exclusions }), path).toEqual([2]);
    }
    for (const path of ['/', '/api', '/apis/', '/search/', '/x/api/']) {
      expect(idsOf({ uri: path + QUERY }, { exclusions }), path).toEqual([1, 2]);
    }
    const targets = [{ ids: [1, 2], targets: ['ARGS:q'], paths: ['/api/*'] }];
    expect(idsOf({ uri: `/api/x${QUERY}` }, { exclusions: targets })).toEqual([]);
    expect(idsOf({ uri: `/api/x${QUERY}&r=evil` }, { exclusions: targets })).toEqual([1, 2]);
  });

  test('a path that may be read as another is not one that is excluded', () => {
    const exclusions = [{ ids: [1, 2], paths: ['/api/*'] }];
    const others = ['../admin', '%2e%2e/admin', '..%2fadmin', '%252e%252e/admin', '/admin', 'x;/../admin'];
    for (const rest of [...others, '..%5cadmin', '..\\admin', '.', 'x/..', '%00']) {
      expect(idsOf({ uri: `/api/${rest}${QUERY}` }, { exclusions }), rest).toEqual([1, 2]);
    }
    expect(idsOf({ uri: `/api/a.b/c..d/%41${QUERY}` }, { exclusions })).toEqual([]);
  });

  test('what is wrong is refused with its place', () => {
    const wrong = [
      {},
      { ids: [] },
      { ids: [[5, 1] as const] },
      { ids: [-1] },
      { ids: [[1, 99_999_999] as const] },
      { tags: ['\n'] },
      { ids: [1], targets: ['!ARGS:x'] },
      { ids: [1], targets: ['ARGS:x|ARGS:y'] },
      { ids: [1], targets: ['NOTHING:x'] },
      { ids: [1], targets: ['ARGS:/(/'] },
      { ids: [1], targets: ['ARGS:/(/'], paths: ['/'] },
      { ids: [1], paths: ['api'] },
      { ids: [1], paths: ['/a*b'] },
      { ids: [1], paths: ['/%{tx.a}'] },
    ];
    for (const exclusion of wrong) {
      const error = refusalOf(() =>
        overlayFor({ name: 'shop', mode: 'Block', exclusions: [{ ids: [7] }, exclusion] }),
      );
      expect(error.message, JSON.stringify(exclusion)).toContain('policy shop, exclusions[1]');
    }
  });
});

describe('bodies of a policy', () => {
  test('its limits and access have the last word over rule files', () => {
    const rules = 'SecRequestBodyAccess Off\nSecResponseBodyAccess Off\nSecRequestBodyLimit 7\n';
    const { settings } = ruleSetOf(rules, {
      requestBody: { inspect: true, noFilesBytesMax: 20, filesBytesMax: 30, beyond: 'ProcessPartial' },
      responseBody: { inspect: true, mediaTypes: ['Application/JSON'], bytesMax: 40, beyond: 'Reject' },
    });
    expect(settings).toMatchObject({
      requestBodyAccess: true,
      requestFilesBytesMax: 30,
      requestBodyLimitAction: 'ProcessPartial',
      responseBodyAccess: true,
      responseMimeTypes: ['application/json'],
      responseBodyLimitAction: 'Reject',
      limits: { requestBodyBytesMax: 7, requestBodyNoFilesBytesMax: 20, responseBodyBytesMax: 40 },
    });
  });

  test('a body beyond the limit of the policy is uninspectable', () => {
    const message = { method: 'POST', headers: FORM, body: 'a=12345678' };
    expect(run(EVIL, message, { requestBody: { bytesMax: 9 } }).verdict).toMatchObject({
      kind: 'uninspectable',
      cause: 'body_size',
    });
    expect(run(EVIL, message, { requestBody: { bytesMax: 10 } }).verdict.kind).toBe('allow');
    const off = run(EVIL, { ...message, body: 'a=evil' }, { requestBody: { inspect: false } });
    expect(off.verdict.kind).toBe('allow');
  });
});
