/** `sluice probe` through a real Envoy: it says what is so, and its marker is a label and nothing else. */
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runProbe } from '../packages/cli/src/probe/command.ts';
import { call } from './envoy-client.ts';
import { type Stack, startStack } from './envoy-stack.ts';

interface Told {
  readonly code: number;
  readonly told: ReturnType<typeof JSON.parse>;
}

async function probe(port: number, path = '/', ...header: readonly string[]): Promise<Told> {
  let text = '';
  const stdout = { write: (piece: string) => (text += piece) };
  const code = await runProbe(
    `http://127.0.0.1:${port}${path}`,
    { json: true, timeout: '40000', header },
    { stdout, variables: {} },
  );
  return { code, told: JSON.parse(text) };
}

const QUERY = encodeURIComponent("1' UNION SELECT password FROM users--");
const newest = (stack: Stack | undefined): unknown => stack?.sluice.lines.findLast((line) => 'waf' in line);

/** The last event, once the pipe has brought it. */
async function lastEvent(stack: Stack): Promise<unknown> {
  for (;;) {
    const event = newest(stack);
    if (event !== undefined) return event;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('in Block', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ mode: 'Block' });
  });
  afterAll(() => stack?.stop());

  it('enforcement is on', async () => {
    const { code, told } = await probe(stack.port);
    expect(told).toMatchObject({
      outcome: 'enforced',
      clean: { status: 200, requestId: null },
      attack: { status: 403, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(code).toBe(0);
    await expect
      .poll(() => newest(stack))
      .toMatchObject({
        http: { request: { id: told.attack.requestId } },
        waf: { probe: true },
      });
  });

  it('a URL that is an attack itself is told', async () => {
    const { code, told } = await probe(stack.port, `/?q=${QUERY}`);
    expect([code, told.outcome]).toEqual([0, 'everything_blocked']);
  });

  it.each([
    ['a clean request', { path: '/?q=hose' }, 200],
    ['an attack', { path: `/?q=${QUERY}` }, 403],
    [
      'an attack in the marker',
      { headers: { 'x-sluice-probe': "1' UNION SELECT password FROM users--" } },
      200,
    ],
  ] as const)('%s gets the same answer with the marker and without', async (_, request, status) => {
    const headers = 'headers' in request ? request.headers : { 'x-sluice-probe': '1' };
    const path = 'path' in request ? request.path : '/';
    const [plain, marked] = [await call(stack.port, { path }), await call(stack.port, { path, headers })];
    expect([plain.status, marked.status]).toEqual([status, status]);
  });

  it('labels nothing that carries no marker', async () => {
    stack.sluice.lines.length = 0;
    await call(stack.port, { path: `/?q=${QUERY}` });
    expect(await lastEvent(stack)).not.toHaveProperty('labels');
  });

  it('cannot be told from a dead Sluice by a clean request', async () => {
    await stack.sluice.kill('SIGKILL');
    const { code, told } = await probe(stack.port);
    expect([code, told.outcome]).toEqual([1, 'undecided']);
    expect(told.explanation).toContain('503');
  });
});

describe('without enforcement', () => {
  let stack: Stack | undefined;
  afterEach(() => stack?.stop());

  it('in Detect, the attack goes through, and the event says that it would have been denied', async () => {
    stack = await startStack({ mode: 'Detect' });
    const { code, told } = await probe(stack.port);
    expect([code, told.outcome]).toEqual([4, 'not_enforced']);
    await expect
      .poll(() => newest(stack))
      .toMatchObject({
        waf: { would_block: true, probe: true },
      });
  });

  it('around Sluice, the attack goes through', async () => {
    stack = await startStack({ mode: 'Block' });
    const { code, told } = await probe(stack.workload.port);
    expect([code, told.outcome]).toEqual([4, 'not_enforced']);
  });

  it('where nobody listens, it cannot be told', async () => {
    const { code, told } = await probe(1);
    expect([code, told.outcome]).toEqual([1, 'undecided']);
    stack = undefined;
  });
});

it('a 403 of somebody else is no enforcement', async () => {
  const page = JSON.stringify({ error: 'blocked', request_id: 'not-in-the-header' });
  const server = createServer((request, response) => {
    const isAttack = request.url?.includes('UNION') ?? false;
    response.writeHead(isAttack ? 403 : 200, { 'content-type': 'application/json', 'x-request-id': 'other' });
    response.end(page);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const { code, told } = await probe(typeof address === 'object' && address !== null ? address.port : 0);
  expect([code, told.outcome]).toEqual([4, 'blocked_by_another']);
  server.close();
});
