/** What several processes of a server say, taken together. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { AdminServers } from '../../src/node/server-state.ts';

interface Pages {
  readonly reload?: object;
  readonly probes?: readonly object[];
}

let running: Server[] = [];

afterEach(() => {
  for (const server of running) server.close().closeAllConnections();
  running = [];
});

/** @returns its address */
async function processWith({ reload = {}, probes = [] }: Pages): Promise<string> {
  const server = createServer((request, response) =>
    response.end(JSON.stringify(request.url === '/probes' ? { probes } : reload)),
  ).listen(0, '127.0.0.1');
  running.push(server);
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

const page = (revision: string | null, version = 'v1', last: object | null = null) => ({
  reload: { version, revision, last, sinceMillis: 1 },
});

const stateOf = async (...all: readonly Pages[]) =>
  new AdminServers(await Promise.all(all.map(processWith))).state();

it('has in force what all have', async () => {
  expect(await stateOf(page('a'), page('a'))).toEqual({
    ...{ revision: 'a', refused: null, ruleSetVersion: 'v1', problem: '' },
  });
});

it('has nothing in force for sure while one is behind', async () => {
  expect(await stateOf(page('a'), page('b', 'v2'))).toMatchObject({ revision: null, ruleSetVersion: '' });
});

it('has nothing in force for sure while one does not answer, and says which', async () => {
  const up = await processWith(page('a'));
  const state = await new AdminServers([up, 'http://127.0.0.1:1']).state();
  expect(state).toMatchObject({ revision: null, problem: expect.stringContaining('http://127.0.0.1:1') });
});

it('tells what one has refused, with its words', async () => {
  const last = { outcome: 'refused', reason: 'line 1: no such operator', revision: 'b', atMillis: 1 };
  expect(await stateOf(page('a'), page('a', 'v1', last))).toMatchObject({
    ...{ revision: 'a', refused: { revision: 'b', reason: 'line 1: no such operator' } },
  });
});

it('takes no answer for one that has another shape', async () => {
  expect(await stateOf({ reload: { version: 1 } })).toMatchObject({
    ...{ revision: null, problem: expect.stringContaining('does not answer') },
  });
});

it('finds a probe with whichever process judged it', async () => {
  const probe = { name: 'p', policy: 'shop/web', mode: 'Block', verdict: 'deny' };
  const urls = await Promise.all([{}, { probes: [probe] }].map(processWith));
  expect(await new AdminServers([...urls, 'http://127.0.0.1:1']).probes()).toEqual([probe]);
});
