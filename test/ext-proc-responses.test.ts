/** Responses through Envoy 1.40: what leaks is replaced, everything else comes as the workload sent it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';

const bytesOf = async (stack: StreamStack, query: string): Promise<readonly [number, number, string]> => {
  const { status, body, headers } = await call(stack.port, { path: `/bytes?${query}` });
  return [status, body.length, String(headers['content-length'] ?? 'chunks')];
};

describe('with responses inspected', () => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack({ responses: true });
  });
  afterAll(() => stack?.stop());

  it("a database's error message is replaced by the block page", async () => {
    const reply = await call(stack.port, { path: '/leak' });
    expect(reply.status).toBe(403);
    expect(reply.body).not.toContain('SQL');
    expect(reply.headers['x-from']).toBeUndefined();
  });
  it('an ordinary page comes as it is', async () => {
    expect(await call(stack.port, { path: '/' })).toMatchObject({ status: 200, body: 'workload' });
    expect(await bytesOf(stack, 'size=100000')).toEqual([200, 100_000, '100000']);
    expect(await bytesOf(stack, 'size=100000&chunked')).toEqual([200, 100_000, 'chunks']);
  });
  it.each([
    'size=8388608',
    'size=8388608&chunked',
    'size=8388608&type=application/octet-stream',
    'size=8388608&chunked&type=image/png',
  ])('more than is inspected comes as it is: %s', async (query) => {
    const [status, bytes] = await bytesOf(stack, query);
    expect([status, bytes]).toEqual([200, 8_388_608]);
  });
});

it('with responses left alone, what leaks is left alone', async () => {
  const stack = await startStreamStack();
  try {
    const reply = await call(stack.port, { path: '/leak' });
    expect([reply.status, reply.headers['x-from']]).toEqual([200, 'workload']);
  } finally {
    await stack.stop();
  }
});
