/** Policies come, change and go, and no connection is cut for it: what is under way goes on, and the next request is judged anew. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, type Cluster, startCluster, until } from './cluster.ts';
import type { Place } from './network.ts';
import type { CallReply } from './protocol.ts';
import { suiteInNamespaces } from './suite.ts';

const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
const KINDS = ['download', 'upload', 'tunnel'] as const;
const DRAIN_SECONDS = '1';
/** A listener each. */
const FAMILIES = 2;
const PORTS = [{ number: 80, protocol: 'http' as const, upgrades: ['websocket'] }];
const DETECT = { mode: 'Detect', policy: 'detect', ports: PORTS } as const;
const BLOCK = { mode: 'Block', policy: 'default', ports: PORTS } as const;

let cluster: Cluster;
let agent: Agent;
let web: Place;

beforeEach(async () => {
  cluster = await startCluster(() => ['--drain-seconds', DRAIN_SECONDS]);
  agent = cluster.nodes.nodeA;
  web = await cluster.pod('nodeA', 'web');
});
afterEach(() => cluster?.stop());

const call = (path: string, connection?: string): Promise<CallReply> =>
  cluster.at('outside').call({
    ...{ host: web.ipv4, port: 80, path, headers: HEADERS },
    ...(connection === undefined ? {} : { connection }),
  });

const attack = async (): Promise<number> => (await call(ATTACK)).status;

async function flow(): Promise<void> {
  for (const kind of KINDS)
    await cluster.at('outside').flow({ name: kind, kind, host: web.ipv4, port: 80, headers: HEADERS });
}

async function endsOfFlows(): Promise<unknown> {
  const ends = KINDS.map(async (kind) => [kind, await cluster.at('outside').endFlow(kind)] as const);
  return Object.fromEntries(await Promise.all(ends));
}

const WELL = {
  download: { status: 200, error: '', last: expect.stringMatching(/drop.*the end$/) },
  upload: { status: 200, error: '', last: expect.stringContaining('seen from') },
  tunnel: { status: 101, error: '', last: 'the end' },
};

/** Until Envoy has cut what it was to drain. */
const drained = (): Promise<void> =>
  until(async () => (await agent.count('total_(filter_chains|listeners)_draining$')) === 0);

/** A request on a kept connection is judged by what holds now, wherever the connection was made. */
async function judgedAnew(connection: string, status: number): Promise<void> {
  const { from } = await call('/?q=hose', connection);
  let reply = await call(ATTACK, connection);
  while (reply.status !== status) {
    expect(reply.from).toBe(from);
    reply = await call(ATTACK, connection);
  }
  expect(reply).toMatchObject({ from, error: '' });
}

suiteInNamespaces('what lasts longer than a drain', () => {
  it('goes on from Detect to Block and back, and the next request of a kept connection is judged by the new mode', async () => {
    agent.select([{ place: web, ...DETECT }]);
    await until(() => agent.intercepts('web'));
    await flow();
    await call('/?q=hose', 'kept');
    agent.select([{ place: web, ...BLOCK }]);
    await judgedAnew('kept', 403);
    await until(async () => (await agent.count('listener_in_place_updated')) === FAMILIES);
    await drained();
    expect(await attack()).toBe(403);
    await call('/?q=hose', 'another');
    agent.select([{ place: web, ...DETECT }]);
    await judgedAnew('another', 200);
    await until(async () => (await agent.count('listener_in_place_updated')) === 2 * FAMILIES);
    await drained();
    expect(await endsOfFlows()).toEqual(WELL);
  });

  it('goes on where the policy goes, and where it comes again', async () => {
    agent.select([{ place: web, ...BLOCK }]);
    await until(() => agent.intercepts('web'));
    await flow();
    const { from } = await call('/?q=hose', 'kept');
    agent.select([]);
    await until(() => agent.status()?.pods[0]?.conditions[0]?.reason === 'Releasing');
    const inspected = await cluster.inspected();
    // Asked to leave behind its answer: the next request goes to the workload without Envoy.
    const after = await call('/?q=hose', 'kept');
    expect(after).toMatchObject({ status: 200, from });
    expect((await call('/?q=hose', 'kept')).from).not.toBe(from);
    expect(await attack()).toBe(200);
    expect(await cluster.inspected()).toBe(inspected);
    agent.select([{ place: web, ...BLOCK }]);
    await until(async () => (await attack()) === 403);
    agent.select([]);
    await until(async () => (await attack()) === 200);
    expect(await endsOfFlows()).toEqual(WELL);
    await until(() => agent.status()?.pods.length === 0);
  });

  it('stays released where the agent dies, also for the next one that can read no table', async () => {
    agent.select([{ place: web, ...BLOCK }]);
    await until(() => agent.intercepts('web'));
    await flow();
    await call('/?q=hose', 'kept');
    const isReleasing = () => agent.status()?.pods[0]?.conditions[0]?.reason === 'Releasing';
    agent.select([]);
    await until(
      () =>
        isReleasing() && /waits for 3 requests/.test(agent.status()?.pods[0]?.conditions[0]?.message ?? ''),
    );
    await agent.kill('SIGKILL');
    const inspected = await cluster.inspected();
    agent.select([{ place: web, ...BLOCK, uid: '' }]);
    agent.start('--drain-seconds', DRAIN_SECONDS);
    await until(() => agent.status()?.conditions.some(({ reason }) => reason === 'Refused') ?? false);
    expect(isReleasing()).toBe(true);
    expect(await attack()).toBe(200);
    expect((await call(ATTACK, 'kept')).status).toBe(200);
    expect(await cluster.inspected()).toBe(inspected);
    agent.select([]);
    expect(await endsOfFlows()).toEqual(WELL);
    await until(() => agent.status()?.pods.length === 0);
  });

  it('is served to its end on a port that goes', async () => {
    await cluster.at('web').serve({ 83: 'http' });
    const more = { number: 83, protocol: 'http' } as const;
    agent.select([{ place: web, ...BLOCK, ports: [...PORTS, more] }]);
    await until(() => agent.intercepts('web'));
    const asked = (connection: string) =>
      cluster.at('outside').call({ host: web.ipv4, port: 83, path: '/', headers: HEADERS, connection });
    const kept = Array.from({ length: 12 }, (_, at) => `kept-${at}`);
    for (const connection of kept) expect(await asked(connection)).toMatchObject({ status: 200 });
    agent.select([{ place: web, ...BLOCK }]);
    await until(async () => (await agent.count('total_filter_chains_draining$')) > 0);
    for (const connection of kept) {
      expect(await asked(connection)).toMatchObject({ status: 200, error: '' });
      // Time passes, in which Envoy is told of all that nobody needs.
      expect(await attack()).toBe(403);
    }
    await drained();
  });

  it('has no connection from Detect bring a path past Block that is resolved for others', async () => {
    const statuses = {
      ...{ '/api/../x': 400, '/api/%2e%2E/x': 400, '/..': 400, '/api/..?q=1': 400, '/a/./b': 400 },
      ...{ '/api//x': 200, '/a.b/..c': 200, '/q?a=/../': 200, '/api/..%2fx': 200 },
    };
    const paths = Object.keys(statuses);
    agent.select([{ place: web, ...DETECT }]);
    await until(() => agent.intercepts('web'));
    const made = await Promise.all(paths.map((path) => call('/', path)));
    agent.select([{ place: web, ...BLOCK, policy: 'traversal' }]);
    await until(async () => (await attack()) === 403);
    const asked = await Promise.all(paths.map((path) => call(path, path)));
    expect(asked.map(({ from }) => from)).toEqual(made.map(({ from }) => from));
    expect(Object.fromEntries(asked.map(({ status }, index) => [paths[index], status]))).toEqual(statuses);
    const { arrivals } = cluster.at('web');
    expect(arrivals.map(({ url }) => url)).not.toContain('/api/../x');
  });
});
