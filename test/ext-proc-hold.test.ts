/** Envoy 1.40 streams, Sluice holds: nothing of a request reaches the workload before its verdict. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, exchange, lines, statusesIn } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';

const SQLI = "1' UNION SELECT password FROM users--";
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const CHUNK = 65_536;

describe('streaming', () => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack();
  });
  afterAll(() => stack?.stop());

  it('lets a GET through, and says so in the access log', async () => {
    const before = stack.workload.arrivals.length;
    expect((await call(stack.port, { path: '/?q=hose' })).status).toBe(200);
    expect(stack.workload.arrivals).toHaveLength(before + 1);
    await expect.poll(() => readFileSync(stack.accessLog, 'utf8')).toContain('"action":"allow"');
  });
  it('denies an attack in the query with the block page', async () => {
    const before = stack.workload.arrivals.length;
    const reply = await call(stack.port, { path: `/?q=${encodeURIComponent(SQLI)}` });
    expect(reply.status).toBe(403);
    expect(reply.body).toContain('Request blocked');
    expect(reply.headers).toMatchObject({ 'cache-control': 'no-store', 'x-request-id': expect.any(String) });
    expect(stack.workload.arrivals).toHaveLength(before);
    await expect.poll(() => readFileSync(stack.accessLog, 'utf8')).toContain('"details":"sluice_denied"');
  });
});
