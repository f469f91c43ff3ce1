/** What Envoy's access log says of what was inspected, and of what was not. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, lines, statusesIn } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';
import { upload } from './ext-proc-upload.ts';

/** Envoy writes its access log every second. */
const LOG = { timeout: 20_000, interval: 100 };
const HELD = 262_144;
const BODY = 'q=hose';

/** What the line of a path says of Sluice. */
function toldOf(stack: StreamStack, path: string): Readonly<Record<string, unknown>> {
  const found = readFileSync(stack.accessLog, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .findLast((line: { readonly path?: string }) => line.path === path);
  return found?.sluice ?? {};
}

describe('the access log', () => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack({
      maxRequestBytes: HELD,
      policy: { uninspectable: { overrides: { body_size: 'allow' } } },
    });
  });
  afterAll(() => stack?.stop());

  it('has the bytes of a body that was inspected, and nothing that was left out', async () => {
    const { status } = await call(stack.port, {
      method: 'POST',
      path: '/whole',
      body: BODY,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(status).toBe(200);
    await expect
      .poll(() => toldOf(stack, '/whole'), LOG)
      .toMatchObject({
        request_bytes_seen: BODY.length,
        request_bytes_passed: BODY.length,
        skipped: null,
      });
  });

  it('says that nothing of a denied body went on', async () => {
    const { status } = await call(stack.port, {
      method: 'POST',
      path: '/denied',
      body: "q=1' UNION SELECT password FROM users--",
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(status).toBe(403);
    await expect
      .poll(() => toldOf(stack, '/denied'), LOG)
      .toMatchObject({
        action: 'deny',
        request_bytes_seen: expect.any(Number),
        request_bytes_passed: 0,
      });
  });

  it('says that a body was over the limit, and how much of it went on', async () => {
    const fileBytes = 4 * HELD;
    expect(statusesIn(await upload(stack.port, { fileBytes, field: 'hose' }))).toEqual([200]);
    const arrived = stack.workload.arrivals.at(-1);
    await expect
      .poll(() => toldOf(stack, arrived?.url ?? ''), LOG)
      .toMatchObject({
        action: 'allow',
        skipped: 'request_body: over the limit',
        request_bytes_seen: arrived?.bytes,
        request_bytes_passed: arrived?.bytes,
      });
  });

  it('says that a tunnel was not inspected', async () => {
    const socket = connect({ host: '127.0.0.1', port: stack.port });
    const head = ['GET /socket HTTP/1.1', 'Host: shop.example', 'User-Agent: Mozilla/5.0', 'Accept: */*'];
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    socket.write(lines(...head, ...upgrade, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ''));
    const [answer]: Buffer[] = await once(socket, 'data');
    expect(statusesIn(answer?.toString() ?? '')).toEqual([101]);
    socket.destroy();
    await expect
      .poll(() => toldOf(stack, '/socket'), LOG)
      .toMatchObject({
        action: 'allow',
        skipped: 'request_body: upgrade',
      });
  });
});
