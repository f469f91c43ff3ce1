/** What Envoy and the agent may do is what they need: with one capability less, interception fails. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Agent, type Cluster, startCluster, until } from './cluster.ts';
import type { Place } from './network.ts';
import { suiteInNamespaces } from './suite.ts';

/** Numbers of linux/capability.h. */
const BITS = { setpcap: 8, net_admin: 12, net_raw: 13, sys_admin: 21 } as const;
type Name = keyof typeof BITS;
const AGENT: readonly Name[] = ['setpcap', 'net_admin', 'net_raw', 'sys_admin'];

const maskOf = (names: readonly Name[]): bigint =>
  names.reduce((mask, name) => mask | (1n << BigInt(BITS[name])), 0n);

function capabilitiesOf(pid: number): readonly bigint[] {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return ['Prm', 'Eff', 'Bnd'].map((set) =>
    BigInt(`0x${new RegExp(`Cap${set}:\\s*(\\w+)`).exec(text)?.[1]}`),
  );
}

suiteInNamespaces('capabilities', () => {
  let cluster: Cluster;
  let agent: Agent;
  let web: Place;

  beforeAll(async () => {
    cluster = await startCluster();
    agent = cluster.nodes.nodeA;
    web = await cluster.pod('nodeA', 'web');
    await agent.kill('SIGKILL');
    agent.endEnvoys();
  });
  afterAll(() => cluster?.stop());

  it('four are enough for the agent, and Envoy gets two of them', async () => {
    agent.startWith(AGENT);
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    const two = maskOf(['sys_admin', 'net_raw']);
    expect(capabilitiesOf(agent.envoyPid)).toEqual([two, two, two]);
    for (const family of ['ipv4', 'ipv6'] as const) {
      const reply = await cluster.at('outside').call({ host: web[family], port: 80 });
      expect(reply.body).toBe(`seen from ${cluster.outside[family]}`);
    }
    agent.select([]);
    await until(() => agent.status()?.pods.length === 0);
    await agent.kill('SIGTERM');
    agent.endEnvoys();
  });

  it.each(AGENT)('without CAP_%s the agent says so and ends', async (missing) => {
    const answer = await agent.tellWith(
      AGENT.filter((name) => name !== missing),
      ...['run', '--table', agent.directory.join('table.json')],
    );
    expect(answer.status).toBe(3);
    expect(answer.output).toContain(`the node agent needs CAP_${missing.toUpperCase()}`);
    expect(answer.output).toContain('Remedy: Run it as root');
  });
});
