import { describe, expect, test } from 'vitest';
import { buildEvent, buildRefusalEvent, type Refusal } from '../../src/index.ts';
import { attributesOf, judge, type Message, ruleSetOf } from './support.ts';

const MESSAGE: Message = {
  uri: '/login?token=abcdefgh&q=4111111111111111',
  headers: [
    ['Host', 'shop.example'],
    ['Cookie', 'sid=verysecretcookie'],
  ],
};

const refusal = (more: Partial<Refusal> = {}): Refusal => ({
  attributes: attributesOf(MESSAGE),
  policy: 'shop',
  mode: 'Block',
  cause: 'deadline',
  detail: 'no verdict within 150 ms for verysecretcookie',
  isDenied: true,
  status: 403,
  startedAtMillis: 0,
  durationMicros: 150_000,
  ...more,
});

describe('the event of what an adapter decided by itself', () => {
  test('says who asked for what, and why it was refused', () => {
    expect(buildRefusalEvent(refusal())).toMatchObject({
      '@timestamp': '1970-01-01T00:00:00.000Z',
      request_id: 'request-1',
      event: { action: 'uninspectable', type: ['denied'], duration: 150_000_000 },
      source: { ip: '192.0.2.1' },
      waf: { policy: 'shop', mode: 'Block', would_block: true, status: 403, cause: 'deadline', rules: [] },
    });
    const passed = buildRefusalEvent(refusal({ isDenied: false, status: null, mode: 'Detect' }));
    expect(passed).toMatchObject({ event: { type: ['allowed'] }, waf: { mode: 'Detect' } });
    expect(passed.waf).not.toHaveProperty('status');
  });

  test('is masked as any other', () => {
    const text = JSON.stringify(buildRefusalEvent(refusal()));
    for (const secret of ['abcdefgh', 'verysecretcookie', '4111111111111111']) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('/login?token=***');
  });

  test('has the fields of any other, but for what rules say', () => {
    const other = buildEvent(judge(ruleSetOf('SecAction "id:1,phase:1,deny"'), MESSAGE).result);
    const one = buildRefusalEvent(refusal());
    const OF_RULES = ['rule', 'rule_info'];
    expect(Object.keys(one).sort()).toEqual(
      Object.keys(other)
        .filter((name) => !OF_RULES.includes(name))
        .sort(),
    );
    expect(Object.keys(one.waf).sort()).toEqual([...Object.keys(other.waf), 'cause'].sort());
    expect(Object.keys(one.waf.coverage).sort()).toEqual(Object.keys(other.waf.coverage).sort());
  });

  test('is made of attributes that no transaction takes', () => {
    const headers = Array.from({ length: 5_000 }, (_, at) => [`X-${at}`, '€'.repeat(20)] as const);
    const attributes = { ...attributesOf(MESSAGE), uri: `/?${'a&'.repeat(5_000)}€`, headers };
    expect(buildRefusalEvent(refusal({ attributes, cause: 'headers' })).waf.cause).toBe('headers');
  });
});

describe('coverage', () => {
  const coverage = {
    requestBytesSeen: 10,
    requestBytesPassed: 4,
    responseBytesSeen: 7,
    responseBytesPassed: 7,
    skipped: ['response_body: event stream'],
  };
  const shown = {
    request_bytes_seen: 10,
    request_bytes_passed: 4,
    response_bytes_seen: 7,
    response_bytes_passed: 7,
  };

  test('is what the adapter has counted, with what the engine left out', () => {
    const { result } = judge(ruleSetOf('SecRequestBodyAccess Off'), { body: 'abc' });
    expect(buildEvent(result, { coverage }).waf.coverage).toMatchObject({
      ...shown,
      skipped: ['response_body: event stream', 'request_body: policy'],
    });
    expect(buildRefusalEvent(refusal({ coverage })).waf.coverage).toMatchObject({
      ...shown,
      skipped: ['response_body: event stream'],
    });
  });

  test('without it, is what the engine saw: what was denied has not passed', () => {
    const passed = judge(ruleSetOf(''), { body: 'abc' }).result;
    expect(buildEvent(passed).waf.coverage).toMatchObject({ request_bytes_seen: 3, request_bytes_passed: 3 });
    const denied = judge(ruleSetOf('SecAction "id:1,phase:2,deny"'), { body: 'abc' }).result;
    expect(buildEvent(denied).waf.coverage).toMatchObject({ request_bytes_seen: 3, request_bytes_passed: 0 });
  });

  test('names what a limit let pass', () => {
    const limited = ruleSetOf('SecRequestBodyLimit 2\nSecRequestBodyLimitAction ProcessPartial');
    expect(buildEvent(judge(limited, { body: 'abc' }).result).waf.coverage.skipped).toEqual([
      'request_body: limit',
    ]);
  });
});
