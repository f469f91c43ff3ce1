/** Detect through Envoy 1.40: whatever happens to Sluice, client and workload see what they would see without it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, call, statusesIn } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';
import { upload } from './ext-proc-upload.ts';

const SQLI = "1' UNION SELECT password FROM users--";
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const CASES: readonly [string, Call][] = [
  ['an attack in the query', { path: `/?q=${encodeURIComponent(SQLI)}` }],
  ['an attack in a form', { method: 'POST', headers: FORM, body: `q=${encodeURIComponent(SQLI)}` }],
  ['a form over every limit', { method: 'POST', headers: FORM, body: `q=${'a'.repeat(3_000_000)}` }],
  ['JSON that is none', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":' }],
  ['a page that leaks', { path: '/leak' }],
];

describe.each(['streaming', 'window'] as const)('in Detect, with profile %s', (profile) => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack({ profile, mode: 'Detect', responses: true });
  });
  afterAll(() => stack?.stop());

  it.each(CASES)('%s goes through as it came', async (_, request) => {
    const { status } = await call(stack.port, request);
    expect(status).toBe(200);
    const last = stack.workload.arrivals.at(-1);
    expect([last?.complete, last?.bytes]).toEqual([true, Buffer.byteLength(request.body ?? '')]);
  });
  it('an attack is told of', async () => {
    await call(stack.port, { path: `/told?q=${encodeURIComponent(SQLI)}` });
    const told = (): boolean =>
      stack.sluice.lines.some((line) => {
        const { url, waf } = line as {
          url?: { path?: string };
          waf?: { would_block?: boolean; mode?: string };
        };
        return url?.path === '/told' && waf?.would_block === true && waf.mode === 'Detect';
      });
    await expect.poll(told, { timeout: 10_000 }).toBe(true);
  });
  it('a file of 50 MB with an attack behind it goes through', async () => {
    expect(statusesIn(await upload(stack.port, { fileBytes: 52_428_800, field: SQLI }))).toEqual([200]);
    expect(stack.workload.arrivals.at(-1)?.complete).toBe(true);
  });
  it.each(CASES)('%s goes through with Sluice killed', async (_, request) => {
    await stack.sluice.kill('SIGKILL');
    expect((await call(stack.port, request)).status).toBe(200);
    expect(stack.workload.arrivals.at(-1)?.bytes).toBe(Buffer.byteLength(request.body ?? ''));
  });
});
