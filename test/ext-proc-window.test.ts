/** Bodies longer than what Envoy can hold: what was judged goes on, and an attack at the end leaves the workload without it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, statusesIn } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';
import { upload } from './ext-proc-upload.ts';

const SQLI = "1' UNION SELECT password FROM users--";
const HELD = 262_144;

describe('window', () => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack({
      profile: 'window',
      maxRequestBytes: HELD,
      policy: { body: { filesBytesMax: 1_073_741_824 } },
    });
  });
  afterAll(() => stack?.stop());

  it.each([9_000, 131_072, 1_048_576, 104_857_600])(
    'a file of %i bytes goes on as it came',
    async (bytes) => {
      const received = await upload(stack.port, { fileBytes: bytes, field: 'hose' });
      expect(statusesIn(received)).toEqual([200]);
      const last = stack.workload.arrivals.at(-1);
      expect(last?.complete).toBe(true);
      expect(last?.bytes).toBeGreaterThan(bytes);
    },
  );
  it.each([9_000, 131_072, 1_048_576, 104_857_600])(
    'an attack behind a file of %i bytes is denied, and the workload has no complete request',
    async (bytes) => {
      const before = stack.workload.arrivals.length;
      const received = await upload(stack.port, { fileBytes: bytes, field: SQLI });
      expect(statusesIn(received)).toEqual([403]);
      const arrived = stack.workload.arrivals.slice(before);
      // What Envoy could hold went nowhere; of the rest there is no end.
      expect(arrived).toHaveLength(bytes > HELD ? 1 : 0);
      for (const arrival of arrived) {
        await arrival.over;
        expect(arrival.complete).toBe(false);
        expect(arrival.tail.toString('latin1')).not.toContain('UNION');
      }
    },
  );
  it('an attack in front of a file is denied before anything goes on', async () => {
    const before = stack.workload.arrivals.length;
    const received = await upload(stack.port, { fileBytes: 1_048_576, first: SQLI, field: 'hose' });
    expect(statusesIn(received)).toEqual([403]);
    expect(stack.workload.arrivals).toHaveLength(before);
  });
  it('a form that is longer than what can be held is 413', async () => {
    const before = stack.workload.arrivals.length;
    const socket = connect({ host: '127.0.0.1', port: stack.port });
    const head = ['POST / HTTP/1.1', 'Host: shop.example', 'User-Agent: Mozilla/5.0', 'Accept: */*'];
    const type = 'Content-Type: application/x-www-form-urlencoded';
    socket.write(lines(...head, type, 'Transfer-Encoding: chunked', ''));
    const size = 400_000;
    socket.write(`${size.toString(16)}\r\nq=${'a'.repeat(size - 2)}\r\n`);
    const [answer]: Buffer[] = await once(socket, 'data');
    expect(statusesIn(answer?.toString() ?? '')).toEqual([413]);
    socket.destroy();
    expect(stack.workload.arrivals).toHaveLength(before);
  });
});
