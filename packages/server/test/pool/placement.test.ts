/** What is inspected where: on this thread what is small, in workers the rest; and what was small and is not any more, moves. */
import { describe, expect, it } from 'vitest';
import type { ServerLimits } from '../../src/limits.ts';
import { separatorsOf, sizeOfHead } from '../../src/pool/small.ts';
import { bytesOf, EMPTY, NO_COVERAGE, openingOf, requestOf, startPool, stateOf } from './support.ts';

const SMALL: Partial<ServerLimits> = { inlineBytesMax: 16_384 };

/** Of requests that say nothing else. */
const HEAD_BYTES = '/hostshop.examplecontent-typeapplication/x-www-form-urlencoded'.length;

const isInline = (answer: unknown): boolean => !(answer instanceof Promise);

describe('a request that is there whole', () => {
  it.each([
    ['nothing but a head', {}, true],
    ['a small form', { body: 'a=1&b=2' }, true],
    ['all bytes that it may have', { body: 'x'.repeat(16_384 - HEAD_BYTES) }, true],
    ['a byte more', { body: 'x'.repeat(16_385 - HEAD_BYTES) }, false],
    ['many values in the body', { body: 'a&'.repeat(100) }, false],
    ['many values in the query', { uri: `/?${'a&'.repeat(100)}` }, false],
    ['a long query', { uri: `/?${'a'.repeat(17_000)}` }, false],
  ])('is inspected at once where it is small: %s', async (_, message, expected) => {
    const inspector = await startPool({ limits: SMALL });
    const answer = inspector.inspect(requestOf(message));
    expect(isInline(answer)).toBe(expected);
    await answer;
  });
});

describe('sizeOfHead', () => {
  const limits = { inlineBytesMax: 100, inlineValuesMax: 10 };
  const headOf = (uri: string, headers: readonly (readonly [string, string])[] = []) =>
    sizeOfHead({ ...openingOf().attributes, uri, headers }, limits);

  it('counts what can be a value, and says where it is too much', () => {
    expect(headOf('/')).toEqual({ bytes: 1, values: 0 });
    expect(headOf('/?a&b&c', [['Cookie', 'a=1; b=2']])).toEqual({ bytes: 21, values: 4 });
    expect(headOf('/', [['accept', 'a;b;c;d;e;f']])).toEqual({ bytes: 18, values: 1 });
    expect(headOf(`/?${'&'.repeat(11)}`)).toBe(null);
    expect(headOf('/', [['x', 'y'.repeat(100)]])).toBe(null);
    expect(headOf('/'.repeat(101))).toBe(null);
  });

  it('never counts fewer values than a body has', () => {
    expect(separatorsOf(bytesOf('a=1&b=2'))).toBe(1);
    expect(separatorsOf(bytesOf('[1,2,{"a":3,"b":4}]'))).toBeGreaterThanOrEqual(3);
    expect(separatorsOf(bytesOf('<a><b>x</b></a>'))).toBeGreaterThanOrEqual(3);
  });
});

describe('an exchange', () => {
  it('begins and ends on this thread where it stays small', async () => {
    const inspector = await startPool({ limits: SMALL });
    const exchange = inspector.open({ ...openingOf(), bodyBytesExpected: null });
    expect(isInline(exchange.requestHeaders())).toBe(true);
    expect(isInline(exchange.requestChunk(bytesOf('a=ev')))).toBe(true);
    await exchange.requestChunk(bytesOf('il'));
    expect(exchange.requestEnd(false)).toEqual({ kind: 'deny', status: 403, ruleId: 1 });
    expect(isInline(exchange.finish(NO_COVERAGE))).toBe(true);
    expect([inspector.inline, inspector.pool?.opened]).toEqual([1, 0]);
  });

  it('begins in a worker where a large body is announced', async () => {
    const inspector = await startPool({ limits: SMALL });
    const exchange = inspector.open({ ...openingOf(), bodyBytesExpected: 16_385 });
    const answer = exchange.requestHeaders();
    expect(isInline(answer)).toBe(false);
    await answer;
    exchange.abandon();
  });

  it.each([
    ['bytes', ['a=1&', 'b='.padEnd(16_384, 'x'), '&c=evil']],
    ['values', ['a=1&', 'b&'.repeat(101), 'c=evil']],
    ['the chunk that the attack is in', ['a=1', `&${'x&'.repeat(101)}c=evil`]],
    ['an attack that came before', ['a=evil', 'x'.repeat(20_000)]],
  ])('moves to a worker once it is not small, and nothing of it is lost: %s', async (_, chunks) => {
    const inspector = await startPool({ limits: SMALL });
    const exchange = inspector.open({ ...openingOf(), bodyBytesExpected: null });
    await exchange.requestHeaders();
    const buffer = Buffer.alloc(32_768);
    for (const chunk of chunks) {
      // Envoy's next message lies where this one did.
      const length = buffer.write(chunk, 'latin1');
      await exchange.requestChunk(buffer.subarray(0, length));
      buffer.fill(0);
    }
    expect((await exchange.requestEnd(false)).kind).toBe('deny');
    expect(await exchange.finish(NO_COVERAGE)).toMatchObject({ rules: [1] });
    expect([inspector.pool?.opened, inspector.generations.retiredUsers]).toEqual([1, 0]);
    expect(stateOf(inspector)).toMatchObject(EMPTY);
  });

  it('moves for a response that is not small, with its request', async () => {
    const inspector = await startPool({ limits: SMALL });
    const exchange = inspector.open({ ...openingOf(), bodyBytesExpected: null });
    await exchange.requestHeaders();
    await exchange.requestChunk(bytesOf('a=1'));
    await exchange.requestEnd(false);
    await exchange.responseHeaders({
      status: 200,
      protocol: 'HTTP/1.1',
      headers: [['content-type', 'text/plain']],
    });
    expect(isInline(exchange.responseChunk(bytesOf('le')))).toBe(true);
    await exchange.responseChunk(bytesOf(`ak${'x'.repeat(20_000)}`));
    await exchange.responseChunk(bytesOf('x'.repeat(100_000)));
    expect(await exchange.responseEnd()).toEqual({ kind: 'deny', status: 502, ruleId: 2 });
    await exchange.finish(NO_COVERAGE);
    expect(stateOf(inspector)).toMatchObject(EMPTY);
  });

  it('stays where it is without workers', async () => {
    const inspector = await startPool({ limits: { poolThreads: 0 } });
    const exchange = inspector.open(openingOf({ body: 'a' }));
    await exchange.requestHeaders();
    for (let at = 0; at < 20; at++)
      expect(isInline(exchange.requestChunk(Buffer.alloc(20_000, 'x')))).toBe(true);
    await exchange.requestChunk(bytesOf('&b=evil'));
    expect(exchange.requestEnd(false)).toMatchObject({ kind: 'deny' });
  });

  it('that has no room when it is to move is refused', async () => {
    const inspector = await startPool({ limits: { ...SMALL, poolTransactionsMax: 1 } });
    const first = inspector.open({ ...openingOf(), bodyBytesExpected: 100_000 });
    const second = inspector.open({ ...openingOf(), bodyBytesExpected: null });
    await second.requestHeaders();
    await expect(async () => second.requestChunk(Buffer.alloc(20_000, 'x'))).rejects.toMatchObject({
      code: 'POOL_FULL',
    });
    second.abandon();
    first.abandon();
    expect(stateOf(inspector)).toMatchObject(EMPTY);
  });
});
