/** One listener, one real Envoy, a policy for each path: each is denied, told of and fails as its own policy says. */
import { readFileSync } from 'node:fs';
import { askAdmin, type GuardPolicy } from '@sluice/envoy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Call, call } from './envoy-client.ts';
import { type Stack, startStack } from './envoy-stack.ts';

const QUERY = encodeURIComponent("1' UNION SELECT password FROM users--");
const LIMIT = 65_536;
const LONG: Call = {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: `q=${'a'.repeat(2 * LIMIT)}`,
};

/** Path, and what comes of an attack, of a long body, and of anything while Sluice is away. */
type Row = [path: string, attack: number, long: number, away: number];
const ROUTES: Row[] = [
  ['/', 403, 413, 503],
  ['/open', 403, 413, 200],
  ['/detect', 200, 200, 200],
  ['/off', 200, 200, 200],
];

type Case = [name: string, mode: GuardPolicy['mode'], unavailable: GuardPolicy['unavailable'], routes: Row[]];

describe.each<Case>([
  ['Block, Closed', 'Block', 'Closed', ROUTES],
  // Whatever the virtual host has, its routes have their own.
  ['Detect', 'Detect', 'Closed', [['/', 200, 200, 200], ['/closed', 403, 413, 503], ...ROUTES.slice(1)]],
  ['Block, Open', 'Block', 'Open', [['/', 403, 413, 200], ['/closed', 403, 413, 503], ...ROUTES.slice(2)]],
])('a listener in %s', (_, mode, unavailable, routes) => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      mode,
      unavailable,
      maxRequestBytes: LIMIT,
      accessLog: true,
      routes: [
        { prefix: '/open', policy: { name: 'open', mode: 'Block', unavailable: 'Open' } },
        { prefix: '/closed', policy: { name: 'closed', mode: 'Block', unavailable: 'Closed' } },
        { prefix: '/detect', policy: { name: 'detect', mode: 'Detect', unavailable: 'Closed' } },
        { prefix: '/off', policy: { name: 'off', mode: 'Off', unavailable: 'Closed' } },
      ],
    });
  });
  afterAll(() => stack?.stop());

  const status = async (request: Call): Promise<number> => (await call(stack.port, request)).status;

  it.each<Row>(routes)('%s answers an attack with %i and a long body with %i', async (path, attack, long) => {
    expect(await status({ path })).toBe(200);
    expect(await status({ path: `${path}?q=${QUERY}` })).toBe(attack);
    expect(await status({ ...LONG, path })).toBe(long);
  });

  it('asks Sluice once for each request', async () => {
    const asked = async (): Promise<number> => {
      const { body } = await askAdmin(
        stack.envoy.adminAddress,
        '/stats?filter=cluster.sluice.upstream_rq_completed',
      );
      return Number(/: (\d+)/.exec(body)?.[1]);
    };
    const before = await asked();
    for (const [path] of routes) await status({ path });
    // Health checks go the same way and are not counted there.
    expect((await asked()) - before).toBe(routes.length);
  });

  it('has the answers of all in its access log, and fails as each policy says', async () => {
    await stack.sluice.kill('SIGKILL');
    for (const [path, , , away] of routes) expect(await status({ path })).toBe(away);
    await stack.envoy.stop();
    const told = readFileSync(stack.accessLog, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ sluice }) => sluice?.policy);
    expect(new Set(told.map(({ sluice }) => sluice.policy)).size).toBe(routes.length);
  });
});
