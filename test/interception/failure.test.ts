/** What a client sees while Envoy, Sluice, the agent or several of them are dead: the table of docs/interception.md. */
import { rmSync, symlinkSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { envoyBinary } from '../../packages/cli/src/setup/paths.ts';
import { type Cluster, kill, startCluster, until } from './cluster.ts';
import type { Place } from './network.ts';
import { suiteInNamespaces } from './suite.ts';

const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };

suiteInNamespaces('failure', () => {
  let cluster: Cluster;
  let pods: Readonly<Record<'closed' | 'open' | 'detect', Place>>;
  let binary: string;

  beforeAll(async () => {
    cluster = await startCluster((agent) => {
      // A name for Envoy that can be taken away: then it cannot be started again.
      binary = agent.directory.join('envoy');
      symlinkSync(envoyBinary(), binary);
      return ['--envoy', binary];
    });
    const [closed, open, detect] = [
      await cluster.pod('nodeA', 'closed'),
      await cluster.pod('nodeA', 'open'),
      await cluster.pod('nodeA', 'detect'),
    ];
    pods = { closed, open, detect };
    cluster.nodes.nodeA.select([
      { place: closed },
      { place: open, unavailable: 'Open', policy: 'open' },
      { place: detect, mode: 'Detect', policy: 'detect' },
    ]);
    await until(all);
  });
  afterAll(() => cluster?.stop());

  const all = (): boolean => cluster.nodes.nodeA.intercepts('closed', 'open', 'detect');

  /** Clean and attack, on each pod: status, or error where the connection failed. */
  async function seen(): Promise<Readonly<Record<string, readonly string[]>>> {
    const ask = async ({ ipv4: host }: Place, path: string): Promise<string> => {
      const reply = await cluster.at('outside').call({ host, port: 80, path, headers: HEADERS });
      return reply.status === 0 ? reply.error : String(reply.status);
    };
    const rows = Object.entries(pods).map(
      async ([name, pod]) => [name, [await ask(pod, '/?q=hose'), await ask(pod, ATTACK)]] as const,
    );
    return Object.fromEntries(await Promise.all(rows));
  }

  const REFUSED = ['ECONNREFUSED', 'ECONNREFUSED'];
  const THROUGH = ['200', '200'];
  const WELL = { closed: ['200', '403'], open: ['200', '403'], detect: THROUGH };

  /** Takes Envoy away for good, and waits until the agent has seen to it. */
  async function loseEnvoy(): Promise<void> {
    const { nodeA } = cluster.nodes;
    const pid = nodeA.envoyPid;
    rmSync(binary);
    kill(pid);
    await until(() => nodeA.status()?.envoy.pid === null);
    await until(async () => (await seen()).open?.[0] === '200' && (await seen()).detect?.[0] === '200');
  }

  async function bringEnvoyBack(): Promise<void> {
    symlinkSync(envoyBinary(), binary);
    await until(all);
  }

  const same = async (wanted: unknown): Promise<void> => {
    await until(async () => JSON.stringify(await seen()) === JSON.stringify(wanted));
  };

  it('nothing is dead: Block refuses attacks, Detect lets them through', async () => {
    expect(await seen()).toEqual(WELL);
  });

  it('Sluice is dead: Closed answers 503; Open and Detect let through', async () => {
    await cluster.sluice.kill('SIGKILL');
    expect(await seen()).toEqual({ closed: ['503', '503'], open: THROUGH, detect: THROUGH });
  });

  it('Sluice and Envoy are dead: Closed refuses the connection; Open and Detect let through', async () => {
    await loseEnvoy();
    expect(await seen()).toEqual({ closed: REFUSED, open: THROUGH, detect: THROUGH });
    await bringEnvoyBack();
    expect(await seen()).toEqual({ closed: ['503', '503'], open: THROUGH, detect: THROUGH });
    await cluster.restartSluice();
    // Envoy leaves a dead process aside for a moment, and asks again.
    await same(WELL);
  });

  it('Envoy is dead: Closed refuses the connection; Open and Detect let through, uninspected', async () => {
    const before = await cluster.inspected();
    await loseEnvoy();
    expect(await seen()).toEqual({ closed: REFUSED, open: THROUGH, detect: THROUGH });
    expect(await cluster.inspected()).toBe(before);
    await bringEnvoyBack();
    await same(WELL);
  });

  it('Envoy is killed: the agent starts it again, and no attack goes through meanwhile where the policy is Closed', async () => {
    const { nodeA } = cluster.nodes;
    const pid = nodeA.envoyPid;
    kill(pid);
    const answers = new Set<string>();
    await until(async () => {
      answers.add((await seen()).closed?.[1] ?? '');
      return nodeA.status()?.envoy.pid !== pid && all();
    });
    expect([...answers].filter((each) => !['403', 'ECONNREFUSED', 'ECONNRESET'].includes(each))).toEqual([]);
    expect(await seen()).toEqual(WELL);
  });

  it('the agent is dead: nothing changes, and the next one takes Envoy over', async () => {
    const { nodeA } = cluster.nodes;
    const pid = nodeA.envoyPid;
    await nodeA.kill('SIGKILL');
    expect(await seen()).toEqual(WELL);
    nodeA.start('--envoy', binary);
    await until(() => nodeA.log.includes('took over a running Envoy'));
    await until(all);
    expect(nodeA.envoyPid).toBe(pid);
    expect(await seen()).toEqual(WELL);
  });

  it('agent and Envoy are dead: every selected pod refuses connections, until the agent is back', async () => {
    const { nodeA } = cluster.nodes;
    const pid = nodeA.envoyPid;
    await nodeA.kill('SIGKILL');
    kill(pid);
    await same({ closed: REFUSED, open: REFUSED, detect: REFUSED });
    nodeA.start('--envoy', binary);
    await same(WELL);
  });
});
