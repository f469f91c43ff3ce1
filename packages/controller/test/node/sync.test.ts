import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NODE_LIMITS } from '../../src/node/limits.ts';
import { faultsOf, NodeWorld, pod, policy, withRule } from './world.ts';

const DEFAULT = policy('default', { settings: { mode: 'Detect' } });
const WEB = withRule('shop/web', 10_001);

let world: NodeWorld;

beforeEach(() => {
  world = new NodeWorld();
});

afterEach(() => {
  vi.useRealTimers();
  expect(faultsOf(world.directory)).toEqual([]);
  world.remove();
});

const uids = (): readonly string[] => world.table.pods.map(({ uid }) => uid);

const report = () => world.api.reports.at(-1);

/** Reports come at most every two seconds. */
const reported = (expected: object) =>
  vi.waitFor(async () => {
    await world.sync.turn();
    expect(report()).toMatchObject(expected);
  }, 10_000);

/** Turns until nothing is under way. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) if (await world.sync.turn()) return;
}

describe('what was planned for a node', () => {
  it('becomes sluice.yaml with its rule files, and the table of the agent', async () => {
    world.link('web');
    world.plan([pod('web')], [DEFAULT, WEB], { trustedProxies: ['10.0.5.0/24'] });
    await settle();
    expect(world.policies).toMatchObject({ default: { mode: 'Detect' }, 'shop/web': { mode: 'Block' } });
    const [file = ''] = readdirSync(join(world.directory, 'rules'));
    expect(world.policies['shop/web']?.ruleFiles).toEqual({ before: [], after: [`rules/${file}`] });
    expect(world.read(`rules/${file}`)).toContain('id:10001');
    expect(world.table).toMatchObject({
      settings: { sluiceSockets: ['/run/sluice/sluice.sock'], trustedProxies: ['10.0.5.0/24'] },
      pods: [{ uid: 'uid-web', networkNamespacePath: join(world.root, 'netns/uid-web'), policy: 'shop/web' }],
    });
    await reported({
      observedGeneration: 1,
      problem: '',
      ruleSetVersion: 'v1',
      policies: [{ name: 'default' }, { name: 'shop/web', digest: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      pods: [{ uid: 'uid-web', intercepted: true, reason: '', enforced: null, message: '' }],
    });
  });

  it('writes no table before anything was planned: an empty one would let go of pods that a former had', async () => {
    await world.sync.turn();
    expect(existsSync(join(world.directory, 'table.json'))).toBe(false);
    expect(world.api.reports).toEqual([]);
  });

  it('keeps the base, with paths as they were meant', async () => {
    writeFileSync(
      world.base,
      'rules: {crs: false, directory: crs}\nevents: {spool: {directory: spool}}\npolicies: {edge: {mode: Off}}\n',
    );
    world.plan([], [DEFAULT]);
    await settle();
    expect(JSON.parse(world.read('sluice.yaml'))).toMatchObject({
      rules: { directory: join(world.root, 'crs') },
      events: {
        node: 'node-1',
        workloads: join(world.directory, 'workloads.ndjson'),
        spool: { directory: join(world.root, 'spool') },
      },
      policies: { edge: { mode: 'Off' }, default: { mode: 'Detect' } },
    });
    writeFileSync(world.base, 'rules: {crs: false}\npolicies: {edge: {mode: Block}}\n');
    await settle();
    expect(world.policies.edge?.mode).toBe('Block');
  });

  it('leaves all as it is where the base is wrong, and says so', async () => {
    world.plan([], [DEFAULT]);
    await settle();
    const before = world.read('sluice.yaml');
    writeFileSync(world.base, 'policies: {edge: {mode: Blok}}\n');
    await settle();
    expect(world.read('sluice.yaml')).toBe(before);
    expect(world.lines.join()).toContain('did you mean Block?');
  });
});

describe('the order', () => {
  it('names a policy in the table when the server has it, and not before', async () => {
    world.link('web');
    world.server.isFast = false;
    world.plan([pod('web')], [DEFAULT, WEB]);
    await world.sync.turn();
    expect(world.policies).toHaveProperty('shop/web');
    expect(uids()).toEqual([]);
    expect(await world.sync.turn()).toBe(false);
    world.server.reload();
    await settle();
    expect(uids()).toEqual(['uid-web']);
  });

  it('holds up no pod for the policy of another', async () => {
    world.link('web', 'cart', 'new');
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    world.server.isFast = false;
    const cart = policy('shop/cart');
    world.plan([pod('web'), pod('new'), pod('cart', { policy: 'shop/cart' })], [DEFAULT, WEB, cart]);
    await world.sync.turn();
    expect(uids()).toEqual(['uid-new', 'uid-web']);
    world.server.reload();
    await settle();
    expect(uids()).toEqual(['uid-cart', 'uid-new', 'uid-web']);
  });

  it('keeps the former entry of a pod until the server has its new policy', async () => {
    world.link('web');
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    world.server.isFast = false;
    world.plan([pod('web', { policy: 'shop/other' })], [DEFAULT, policy('shop/other')]);
    await world.sync.turn();
    expect(world.table.pods).toMatchObject([{ policy: 'shop/web' }]);
    expect(Object.keys(world.policies)).toContain('shop/web');
    world.server.reload();
    await settle();
    expect(world.table.pods).toMatchObject([{ policy: 'shop/other' }]);
  });

  it('keeps a policy that nobody names any more for as long as Envoy may, and then removes it with its files', async () => {
    world.link('web');
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    const now = vi.spyOn(performance, 'now');
    const began = performance.now();
    now.mockImplementation(() => began);
    world.agent.isFast = false;
    world.plan([], [DEFAULT]);
    await world.sync.turn();
    await world.sync.turn();
    expect(uids()).toEqual([]);
    expect(Object.keys(world.policies)).toContain('shop/web');
    now.mockImplementation(() => began + NODE_LIMITS.retiredMillis - 1);
    await world.sync.turn();
    expect(Object.keys(world.policies)).toContain('shop/web');
    now.mockImplementation(() => began + 2 * NODE_LIMITS.retiredMillis);
    world.server.isFast = false;
    await world.sync.turn();
    expect(Object.keys(world.policies)).toEqual(['default']);
    // The server has not let go of it yet.
    expect(readdirSync(join(world.directory, 'rules'))).toHaveLength(1);
    world.server.reload();
    await world.sync.turn();
    expect(readdirSync(join(world.directory, 'rules'))).toEqual([]);
    now.mockRestore();
  });

  it('is in force when the server and the agent both say so', async () => {
    world.link('web');
    world.agent.isFast = false;
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    await reported({ observedGeneration: 0, problem: expect.stringContaining('has not taken it over yet') });
    world.agent.take();
    await reported({ observedGeneration: 1, problem: '' });
  });
});

describe('what cannot be had', () => {
  it.each([
    ['is not there', () => world.api.policies.clear(), 'there is no ConfigMap'],
    [
      'does not have its digest',
      () => {
        for (const [digest, data] of world.api.policies)
          world.api.policies.set(digest, { ...data, 'after.0.conf': 'SecAction "id:1,allow"' });
      },
      'POLICY_DAMAGED',
    ],
  ])('leaves the former policy in force where its ConfigMap %s', async (_, spoil, words) => {
    world.link('web');
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    const before = world.policies['shop/web'];
    await reported({ observedGeneration: 1, problem: '' });
    const { policies: told = [] } = report() ?? {};
    world.plan([pod('web')], [DEFAULT, withRule('shop/web', 10_002)]);
    spoil();
    await settle();
    expect(world.policies['shop/web']).toEqual(before);
    expect(uids()).toEqual(['uid-web']);
    await reported({ problem: expect.stringContaining(words), observedGeneration: 1, policies: told });
    expect(report()?.problem).toContain('its former content stays in force');
  });

  it('leaves the former policy in force where the schema of the server refuses the new one, and takes the others', async () => {
    world.link('web');
    const cart = policy('shop/cart');
    world.plan([pod('web')], [DEFAULT, WEB, cart]);
    await settle();
    const before = world.policies['shop/web'];
    const wrong = policy('shop/web', { settings: { mode: 'Blok' } });
    world.plan([pod('web')], [DEFAULT, wrong, policy('shop/cart', { settings: { mode: 'Off' } })]);
    await settle();
    expect(world.policies['shop/web']).toEqual(before);
    expect(world.policies['shop/cart']?.mode).toBe('Off');
  });

  it('leaves the former policy in force where the server refuses its rules, and takes the others', async () => {
    world.link('web');
    world.plan([pod('web')], [DEFAULT, WEB, policy('shop/cart')]);
    await settle();
    const before = world.policies['shop/web'];
    world.server.refuses = (text) => {
      const file = /rules\/(shop\.rules\.after\.\w+\.conf)\n.*id:666/.exec(text)?.[1];
      return file === undefined ? null : `/node/rules/${file}:1:1: no such thing`;
    };
    world.plan(
      [pod('web')],
      [DEFAULT, withRule('shop/web', 666), policy('shop/cart', { settings: { mode: 'Off' } })],
    );
    await settle();
    expect(world.policies['shop/web']).toEqual(before);
    expect(world.policies['shop/cart']?.mode).toBe('Off');
    expect(world.server.refused).toBeNull();
  });

  it('puts back what the server had where it does not come up with the new', async () => {
    world.plan([], [DEFAULT, WEB]);
    await settle();
    const before = world.read('sluice.yaml');
    world.server.isUp = false;
    world.plan([], [DEFAULT, withRule('shop/web', 666)]);
    await world.sync.turn();
    expect(world.read('sluice.yaml')).not.toBe(before);
    const began = performance.now();
    const now = vi.spyOn(performance, 'now').mockImplementation(() => began + NODE_LIMITS.fallbackMillis);
    await world.sync.turn();
    expect(world.read('sluice.yaml')).toBe(before);
    world.server.isUp = true;
    await world.sync.turn();
    await world.sync.turn();
    expect(world.read('sluice.yaml')).not.toBe(before);
    now.mockRestore();
  });

  it('has nothing of a policy that the server refuses and never had', async () => {
    world.link('web');
    world.server.refuses = (text) => /(rules\/shop\.rules\.after\.\w+\.conf)/.exec(text)?.[1] ?? null;
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    expect(Object.keys(world.policies)).toEqual(['default']);
    expect(uids()).toEqual([]);
    await reported({ pods: [{ reason: 'PolicyPending' }] });
  });

  it('offers the same again to a server that refuses without a reason that anything planned could be blamed for', async () => {
    world.server.refuses = () => 'no memory';
    world.plan([], [DEFAULT]);
    await world.sync.turn();
    await world.sync.turn();
    const before = statSync(join(world.directory, 'sluice.yaml')).ino;
    const began = performance.now();
    const now = vi.spyOn(performance, 'now').mockImplementation(() => began + NODE_LIMITS.offerMillis);
    await world.sync.turn();
    expect(statSync(join(world.directory, 'sluice.yaml')).ino).not.toBe(before);
    expect(world.lines.join()).toContain('no memory');
    now.mockRestore();
  });

  it('leaves a pod out whose namespace is not known, and asks again', async () => {
    world.link('web');
    world.plan([pod('web'), pod('late')], [DEFAULT, WEB]);
    await settle();
    expect(uids()).toEqual(['uid-web']);
    await reported({
      pods: [{ uid: 'uid-web' }, { uid: 'uid-late', intercepted: false, reason: 'NoNamespace' }],
    });
    world.link('late');
    await settle();
    expect(uids()).toEqual(['uid-late', 'uid-web']);
  });

  it('has a pod of the host network told, and intercepts nothing of it', async () => {
    world.plan([pod('host', { hostNetwork: true })], [DEFAULT, WEB]);
    await settle();
    expect(world.table.pods).toMatchObject([{ uid: 'uid-host', networkNamespacePath: null }]);
    await reported({ pods: [{ intercepted: false, reason: 'NotSupported' }] });
  });

  it('leaves a pod that Envoy would refuse as it was, and takes the others', async () => {
    world.link('web', 'cart');
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    const wrong = pod('web', {
      ports: [
        { number: 8080, protocol: 'http' },
        { number: 8080, protocol: 'tcp' },
      ],
    });
    world.plan([wrong, pod('cart')], [DEFAULT, WEB]);
    await settle();
    expect(world.table.pods).toMatchObject([
      { uid: 'uid-cart' },
      { uid: 'uid-web', ports: [{ number: 8080, protocol: 'http' }] },
    ]);
  });
});

it('takes no pod out while the container runtime does not answer, wherever its path leads', async () => {
  world.link('web');
  world.plan([pod('web')], [DEFAULT, WEB]);
  await settle();
  world.isRuntimeDown = true;
  rmSync(join(world.root, 'netns/uid-web'));
  world.plan([pod('web'), pod('new')], [DEFAULT, WEB]);
  await settle();
  expect(uids()).toEqual(['uid-web']);
  await reported({ problem: expect.stringContaining('RUNTIME_UNREACHABLE') });
  world.isRuntimeDown = false;
  await settle();
  expect(uids()).toEqual([]);
});

it('leaves out a pod for which the agent would refuse the whole table, says so, and takes the others', async () => {
  world.tableFault = (table) => (table.includes('uid-odd') ? 'pods.0.name: too long' : '');
  world.link('web', 'odd');
  world.plan([pod('odd'), pod('web')], [DEFAULT, WEB]);
  await settle();
  expect(uids()).toEqual(['uid-web']);
  await reported({ pods: [{ uid: 'uid-odd', reason: 'Invalid', message: 'pods.0.name: too long' }, {}] });
});

describe('without the API server', () => {
  it('goes on with what is on disk, also for pods whose namespaces change', async () => {
    world.link('web');
    world.plan([pod('web'), pod('late')], [DEFAULT, WEB]);
    await settle();
    const before = world.read('sluice.yaml');
    world.api.isDown = true;
    world.feed.plan = null;
    world.feed.trouble = 'SluiceNode: down';
    world.restart();
    world.sync.start();
    world.link('late');
    await vi.waitFor(() => expect(uids()).toEqual(['uid-late', 'uid-web']), 10_000);
    expect(world.read('sluice.yaml')).toBe(before);
    await world.sync.stop();
  });

  it('keeps all where the SluiceNode is gone', async () => {
    world.link('web');
    world.plan([pod('web')], [DEFAULT, WEB]);
    await settle();
    world.feed.plan = null;
    await settle();
    expect(uids()).toEqual(['uid-web']);
  });

  it('asks once, and not for each policy, while nobody answers', async () => {
    world.api.isDown = true;
    const many = Array.from({ length: 100 }, (_, index) => policy(`shop/p${index}`));
    world.plan([], many);
    world.api.asked = 0;
    await world.sync.turn();
    await world.sync.turn();
    expect(world.api.asked).toBeLessThan(20);
  });
});

it('writes nothing while another has the folder, and goes on from what that has left', async () => {
  world.link('web');
  world.plan([pod('web')], [DEFAULT, WEB]);
  await settle();
  const before = world.read('table.json');
  const { sync } = world;
  await sync.pause();
  sync.start();
  const other = world.restart();
  world.link('cart');
  world.plan([pod('web'), pod('cart')], [DEFAULT, WEB]);
  await settle();
  expect(uids()).toEqual(['uid-cart', 'uid-web']);
  expect(sync.status).toMatchObject({ turns: 0, generation: 1 });
  await other.pause();
  sync.resume();
  await vi.waitFor(
    () => expect(sync.status).toMatchObject({ generation: 2, observed: 2, problem: '' }),
    10_000,
  );
  expect(world.read('table.json')).not.toBe(before);
  await sync.stop();
});

describe('who stands behind addresses', () => {
  const workload = (name: string) => ({
    addresses: ['10.0.0.1'],
    namespace: 'shop',
    pod: name,
    uid: `uid-${name}`,
    node: 'node-1',
    owner: `Deployment/${name}`,
    labels: [],
    services: [],
  });

  it('is written when it is known whole, before anything was planned too', async () => {
    await world.sync.turn();
    expect(existsSync(join(world.directory, 'workloads.ndjson'))).toBe(false);
    world.feed.list = [workload('web')];
    await world.sync.turn();
    expect(world.read('workloads.ndjson')).toContain('"uid":"uid-web"');
  });

  it('is written once in a while, however often it changes, and the last is never left out', async () => {
    world.feed.list = [workload('first')];
    await world.sync.turn();
    world.feed.list = [workload('second')];
    expect(await world.sync.turn()).toBe(false);
    expect(world.read('workloads.ndjson')).toContain('first');
    await vi.waitFor(async () => {
      await world.sync.turn();
      expect(world.read('workloads.ndjson')).toContain('second');
    }, 5_000);
  });
});

it('makes the folder anew where somebody has removed it', async () => {
  world.link('web');
  world.plan([pod('web')], [DEFAULT, WEB]);
  await settle();
  rmSync(join(world.directory, 'sluice.yaml'));
  rmSync(join(world.directory, 'rules'), { recursive: true });
  world.restart();
  await settle();
  expect(readdirSync(join(world.directory, 'rules'))).toHaveLength(1);
});
