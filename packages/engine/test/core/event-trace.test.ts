/** `trace.id` of an event: of a valid traceparent, and of no other. */
import { describe, expect, it } from 'vitest';
import { buildEvent, Engine, overlayFor } from '../../src/index.ts';

const engine = new Engine({ cacheDirectory: null });
const ruleSet = engine.ruleSet(
  engine.loadRules([{ path: 'own.conf', text: 'SecRule ARGS "@contains evil" "id:1,phase:1,deny,log"' }]),
  overlayFor({ name: 'shop', mode: 'Block' }),
);

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

function traceOf(...headers: readonly (readonly [string, string])[]) {
  const transaction = engine.transaction(ruleSet, {
    id: 'r-1',
    method: 'GET',
    uri: '/?a=evil',
    protocol: 'HTTP/1.1',
    headers,
    client: { address: '192.0.2.1', port: 1 },
    server: { address: '192.0.2.2', port: 80 },
  });
  transaction.requestHeaders();
  return buildEvent(transaction.finish()).trace;
}

describe('the trace of an event', () => {
  it.each([
    ['version 00', `00-${TRACE}-${PARENT}-01`],
    ['flags that mean nothing yet', `00-${TRACE}-${PARENT}-ff`],
    ['a later version', `cc-${TRACE}-${PARENT}-01`],
    ['a later version with more in it', `cc-${TRACE}-${PARENT}-01-what-comes`],
  ])('is told of %s', (_, value) => {
    expect(traceOf(['Traceparent', value])).toEqual({ id: TRACE });
  });

  it.each([
    ['an empty one', ''],
    ['a version that is none', `ff-${TRACE}-${PARENT}-01`],
    ['more in version 00', `00-${TRACE}-${PARENT}-01-more`],
    ['no trace', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['no parent', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['large letters', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['a trace that is too short', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['no digits', `00-${'g'.repeat(32)}-${PARENT}-01`],
    ['a line that follows', `00-${TRACE}-${PARENT}-01\n`],
    ['later parts without a dash', `cc-${TRACE}-${PARENT}-01what`],
  ])('is not told of %s', (_, value) => {
    expect(traceOf(['traceparent', value])).toBeUndefined();
  });

  it('is not told where there is none, or two', () => {
    expect(traceOf()).toBeUndefined();
    const one = ['traceparent', `00-${TRACE}-${PARENT}-01`] as const;
    expect(traceOf(one, one)).toBeUndefined();
  });

  it('is not told where it is a secret of the request', () => {
    expect(
      traceOf(['traceparent', `00-${TRACE}-${PARENT}-01`], ['Authorization', `Bearer ${TRACE}`]),
    ).toBeUndefined();
  });
});
