/** Exchanges in workers: what they say, and what is left when they are over. */
import { describe, expect, it } from 'vitest';
import { NO_COVERAGE, openingOf, requestOf, startPool } from './support.ts';

describe('an exchange in a worker', () => {
  it('is judged step by step, as on one thread', async () => {
    const { pool, ...inspector } = await whole();
    const exchange = inspector.open({ body: 'a=1' });
    expect((await exchange.requestHeaders()).verdict).toEqual({ kind: 'allow' });
    expect(await exchange.requestChunk(Buffer.from('a=ev'))).toEqual({ unjudged: true });
    expect(await exchange.requestChunk(Buffer.from('il'))).toEqual({ unjudged: true });
    expect(await exchange.requestEnd(false)).toEqual({ kind: 'deny', status: 403, ruleId: 1 });
    const inspection = await exchange.finish(NO_COVERAGE);
    expect(inspection).toMatchObject({ rules: [1], wouldBlock: true, mode: 'Block' });
    expect(inspection.event).toMatchObject({ waf: { policy: 'default' } });
    expect([pool?.exchanges, pool?.keptBytes, pool?.slabs.inUse]).toEqual([0, 0, 0]);
  });

  it('judges responses', async () => {
    const inspector = await whole();
    const exchange = inspector.open({});
    await exchange.requestHeaders();
    await exchange.requestEnd(false);
    const attributes = {
      status: 200,
      protocol: 'HTTP/1.1',
      headers: [['content-type', 'text/plain']] as const,
    };
    expect((await exchange.responseHeaders(attributes)).verdict).toEqual({ kind: 'allow' });
    await exchange.responseChunk(Buffer.from('a le'));
    await exchange.responseChunk(Buffer.from('ak'));
    expect(await exchange.responseEnd()).toEqual({ kind: 'deny', status: 502, ruleId: 2 });
  });
});

describe('a request that is there whole', () => {
  it.each([0, 1, 1_000, 262_144, 262_145, 2_000_000])(
    'is judged to its end with %i bytes in front',
    async (bytes) => {
      const inspector = await startPool();
      const body = `a=${'x'.repeat(bytes)}&b=evil`;
      const { verdict } = await inspector.inspect(requestOf({ body }));
      expect(verdict.kind).toBe(bytes > 1_048_576 ? 'uninspectable' : 'deny');
      expect(inspector.pool?.slabs.inUse).toBe(0);
    },
  );
});

async function whole() {
  const inspector = await startPool();
  return {
    pool: inspector.pool,
    open: (message: Parameters<typeof openingOf>[0]) => inspector.open(openingOf(message)),
  };
}
