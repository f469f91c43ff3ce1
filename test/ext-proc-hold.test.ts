/** Envoy 1.40 streams, Sluice holds: nothing of a request reaches the workload before its verdict. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, call, exchange, lines, statusesIn } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';

const SQLI = "1' UNION SELECT password FROM users--";
const ATTACK = encodeURIComponent(SQLI);
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** Envoy writes its access log every second. */
const LOG = { timeout: 20_000 };

const multipart = (value: string): Call => ({
  method: 'POST',
  headers: { 'content-type': 'multipart/form-data; boundary=frontier' },
  body: `--frontier\r\nContent-Disposition: form-data; name="q"\r\n\r\n${value}\r\n--frontier--\r\n`,
});
const json = (value: string): Call => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ deep: [{ q: value }] }),
});
const form = (body: string): Call => ({ method: 'POST', headers: FORM, body });

/** Sends a form in pieces, with a pause of this many milliseconds in front of each; resolves to what comes back. */
async function drip(port: number, pieces: readonly string[], millis: number): Promise<string> {
  const length = pieces.join('').length;
  const socket = connect({ host: '127.0.0.1', port });
  socket.setNoDelay(true);
  const received = (async () => {
    let text = '';
    for await (const chunk of socket) text += chunk;
    return text;
  })();
  const head = [
    'POST / HTTP/1.1',
    'Host: shop.example',
    'User-Agent: Mozilla/5.0',
    'Accept: */*',
    'Connection: close',
  ];
  socket.write(
    lines(...head, 'Content-Type: application/x-www-form-urlencoded', `Content-Length: ${length}`, ''),
  );
  for (const piece of pieces) {
    await pause(millis);
    if (socket.writable) socket.write(piece, 'latin1');
  }
  return received;
}

describe('streaming', () => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack();
  });
  afterAll(() => stack?.stop());

  /** What the client saw, and whether anything of it reached the workload. */
  async function outcome(request: Call): Promise<{ status: number; arrived: number }> {
    const before = stack.workload.arrivals.length;
    const { status } = await call(stack.port, request);
    return { status, arrived: stack.workload.arrivals.length - before };
  }

  it('lets a GET through, and says so in the access log', async () => {
    expect(await outcome({ path: '/?q=hose' })).toEqual({ status: 200, arrived: 1 });
    await expect.poll(() => readFileSync(stack.accessLog, 'utf8'), LOG).toContain('"action":"allow"');
  });
  it('denies an attack in the query with the block page, and says so in the access log', async () => {
    const reply = await call(stack.port, { path: `/?q=${ATTACK}` });
    expect(reply.status).toBe(403);
    expect(reply.body).toContain('Request blocked');
    const { 'x-request-id': requestId } = reply.headers;
    expect(reply.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': expect.stringContaining('text/html'),
      'x-request-id': expect.any(String),
    });
    // It is made behind the answer.
    const event = (): unknown =>
      stack.sluice.lines.find(
        (line) => (line.http as { request?: { id?: string } })?.request?.id === requestId,
      );
    await expect.poll(event, LOG).toMatchObject({ source: { ip: '127.0.0.1' }, waf: { policy: 'default' } });
    const logged = (): string =>
      readFileSync(stack.accessLog, 'utf8')
        .split('\n')
        .filter((line) => line.includes(String(requestId)))
        .join();
    await expect.poll(logged, LOG).toContain('"details":"sluice_denied"');
    expect(logged()).toContain('942');
  });

  it.each<[string, Call, Call]>([
    ['a form', form('q=hose'), form(`a=${'a'.repeat(50_000)}&q=${ATTACK}`)],
    ['JSON', json('hose'), json(SQLI)],
    ['multipart', multipart('hose'), multipart(SQLI)],
    [
      'a form in the last byte of the body',
      form('q=1%27+OR+%271%27%3D%271x'),
      form('q=1%27+OR+%271%27%3D%271'),
    ],
  ])('%s: what is good goes on as it came, an attack goes nowhere', async (name, good, bad) => {
    if (!name.includes('last byte')) {
      expect(await outcome(good)).toEqual({ status: 200, arrived: 1 });
      const last = stack.workload.arrivals.at(-1);
      expect([last?.complete, last?.tail.toString()]).toEqual([true, good.body]);
      expect(last?.headers['content-length']).toBe(String(Buffer.byteLength(good.body ?? '')));
    }
    expect(await outcome(bad)).toEqual({ status: 403, arrived: 0 });
  });

  it.each([0, 9_000, 131_072, 900_000])('%i bytes in front of an attack do not hide it', async (padding) => {
    const body = `pad=${'a'.repeat(padding)}&q=${ATTACK}`;
    expect(await outcome(form(body))).toEqual({ status: 403, arrived: 0 });
  });
  it.each([1_100_000, 104_857_600])(
    '%i bytes in front of an attack are refused by limit',
    async (padding) => {
      const before = stack.workload.arrivals.length;
      const head = ['POST / HTTP/1.1', 'Host: shop.example', 'User-Agent: Mozilla/5.0', 'Accept: */*'];
      const length = padding + 6 + ATTACK.length;
      const announced = lines(
        ...head,
        `Content-Type: ${FORM['content-type']}`,
        `Content-Length: ${length}`,
        '',
      );
      expect(statusesIn(await exchange(stack.port, `${announced}pad=${'a'.repeat(70_000)}`))).toEqual([413]);
      const chunked = lines(
        ...head,
        `Content-Type: ${FORM['content-type']}`,
        'Transfer-Encoding: chunked',
        '',
      );
      const chunks = `${padding.toString(16)}\r\n${'a'.repeat(padding)}\r\n`;
      expect(statusesIn(await exchange(stack.port, chunked + chunks))).toEqual([413]);
      expect(stack.workload.arrivals).toHaveLength(before);
    },
  );

  it('an attack is found wherever the body is cut', async () => {
    const before = stack.workload.arrivals.length;
    const body = `pad=${'a'.repeat(1_000)}&q=${ATTACK}&b=c`;
    const cuts = Array.from({ length: body.length - 990 }, (_, index) => 990 + index);
    const statuses: number[] = [];
    // A few at a time: each waits for its pauses.
    for (let at = 0; at < cuts.length; at += 16) {
      const batch = cuts.slice(at, at + 16).map(async (cut) => {
        const pieces = [body.slice(0, cut), body.slice(cut)];
        return statusesIn(await drip(stack.port, pieces, 10))[0] ?? 0;
      });
      statuses.push(...(await Promise.all(batch)));
    }
    expect(new Set(statuses)).toEqual(new Set([403]));
    expect(stack.workload.arrivals).toHaveLength(before);
  });
});

describe('a client that pauses', () => {
  let stack: StreamStack;
  beforeAll(async () => {
    // Envoy's own time for an answer is shorter than every pause here.
    stack = await startStreamStack({
      verdictMillis: 2_000,
      limits: { verdictMillisMax: 1_500, rearmMillis: 150, pauseMillisMax: 6_000 },
    });
  });
  afterAll(() => stack?.stop());

  it.each<[string, readonly string[], number]>([
    ['before an attack', ['a=b', `&q=${ATTACK}`], 403],
    ['across an attack', [`a=b&q=${ATTACK.slice(0, 20)}`, ATTACK.slice(20)], 403],
    ['after an attack', [`q=${ATTACK}`, '&a=b'], 403],
    ['in a good form', ['q=ho', 'se'], 200],
  ])('%s longer than Envoy would wait gets its verdict', async (_, pieces, status) => {
    const before = stack.workload.arrivals.length;
    const received = await drip(stack.port, pieces, 3_000);
    expect(statusesIn(received)).toEqual([status]);
    expect(stack.workload.arrivals.length - before).toBe(status === 200 ? 1 : 0);
  });
  it('for longer than the limit gets 408, and nothing of it is released', async () => {
    const before = stack.workload.arrivals.length;
    const head = ['POST / HTTP/1.1', 'Host: shop.example', `Content-Type: ${FORM['content-type']}`];
    const received = await exchange(stack.port, `${lines(...head, 'Content-Length: 10', '')}q=ho`);
    expect(statusesIn(received)).toEqual([408]);
    expect(stack.workload.arrivals).toHaveLength(before);
  });
});

describe('a stream in a mode that its profile is not made for', () => {
  it.each<[string, (text: string) => string]>([
    [
      'without bodies',
      (text) => text.replaceAll('"request_body_mode":"STREAMED"', '"request_body_mode":"NONE"'),
    ],
    [
      'with headers let go first',
      (text) =>
        text.replaceAll(
          '"send_body_without_waiting_for_header_response":true',
          '"send_body_without_waiting_for_header_response":false',
        ),
    ],
  ])('%s is refused, and goes nowhere', async (_, edit) => {
    const stack = await startStreamStack({ edit });
    try {
      expect((await call(stack.port, { path: '/?q=hose' })).status).toBe(503);
      expect(stack.workload.arrivals).toHaveLength(0);
      const codes = stack.sluice.lines.map(({ code }) => code);
      await expect.poll(() => stack.sluice.lines.map(({ code }) => code)).toContain('STREAM_MODE');
      expect(codes).toBeDefined();
    } finally {
      await stack.stop();
    }
  });
});
