/** Selecting, changing and letting go of pods while clients ask without pause; and what is left afterwards: nothing. */
import { existsSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Agent, type Cluster, startCluster, until } from './cluster.ts';
import { inside, type Place, removePod, run, traceOf } from './network.ts';
import { suiteInNamespaces } from './suite.ts';

const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
/** That reach the workload between two changes. */
const REQUESTS_BETWEEN = 300;

let cluster: Cluster;
let agent: Agent;
let web: Place;

beforeEach(async () => {
  cluster = await startCluster();
  agent = cluster.nodes.nodeA;
  web = await cluster.pod('nodeA', 'web');
});
afterEach(() => cluster?.stop());

const attack = async (host: string): Promise<number> =>
  (await cluster.at('outside').call({ host, port: 80, path: ATTACK, headers: HEADERS })).status;

/** Clients outside and on the other node, half of whose connections are kept. */
async function load(): Promise<() => Promise<readonly Readonly<Record<string, number>>[]>> {
  const clients = [cluster.at('outside'), cluster.at('nodeB')];
  const command = { name: 'load', connections: 8, port: 80, path: '/?q=hose', headers: HEADERS };
  await clients[0]?.load({ ...command, host: web.ipv4 });
  await clients[1]?.load({ ...command, host: web.ipv6 });
  return () => Promise.all(clients.map((client) => client.stopLoad('load')));
}

async function underLoad(): Promise<void> {
  const { arrivals } = cluster.at('web');
  const wanted = arrivals.length + REQUESTS_BETWEEN;
  await until(() => arrivals.length >= wanted);
}

suiteInNamespaces('under load', () => {
  it('select, change the policy, select a port more, unselect: no request fails', async () => {
    const stop = await load();
    await underLoad();
    const before = await cluster.inspected();
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    await underLoad();
    expect(await cluster.inspected()).toBeGreaterThan(before);
    agent.select([{ place: web, unavailable: 'Open', policy: 'open' }]);
    await underLoad();
    const ports = [80, 81].map((number) => ({ number, protocol: 'http' }) as const);
    agent.select([{ place: web, ports, unavailable: 'Open', policy: 'open' }]);
    await until(() => agent.status()?.pods[0]?.ports.length === 2 && agent.intercepts('web'));
    expect(await attack(web.ipv4)).toBe(403);
    agent.select([]);
    await until(() => agent.status()?.pods.length === 0);
    const after = await cluster.inspected();
    await underLoad();
    const counts = await stop();
    expect(counts.map((count) => Object.keys(count))).toEqual([['200'], ['200']]);
    expect(await cluster.inspected()).toBe(after);
    expect(await attack(web.ipv4)).toBe(200);
  });

  it('one Envoy hands over to another: no request fails, no attack goes through, the former ends', async () => {
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    const pid = agent.envoyPid;
    const stop = await load();
    await underLoad();
    expect(await agent.tell('hand-over')).toMatchObject({ status: 0 });
    const attacks = new Set<number>();
    await until(async () => {
      attacks.add(await attack(web.ipv4));
      return !existsSync(`/proc/${pid}`);
    });
    await underLoad();
    expect((await stop()).map((count) => Object.keys(count))).toEqual([['200'], ['200']]);
    expect([...attacks]).toEqual([403]);
    expect(agent.envoyPid).not.toBe(pid);
  });

  it('the agent is killed and started again: no request fails, and Envoy is the same', async () => {
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    const pid = agent.envoyPid;
    const stop = await load();
    await agent.kill('SIGKILL');
    await underLoad();
    agent.start();
    await until(() => agent.log.includes('took over a running Envoy'));
    await until(() => agent.intercepts('web'));
    await underLoad();
    expect((await stop()).map((count) => Object.keys(count))).toEqual([['200'], ['200']]);
    expect(agent.envoyPid).toBe(pid);
  });

  it('new connections only: one from before the selection goes on as it is, and one from before the release, too', async () => {
    const outside = cluster.at('outside');
    const ask = (connection: string): Promise<{ readonly status: number }> =>
      outside.call({ host: web.ipv4, port: 80, path: '/?q=hose', headers: HEADERS, connection });
    expect((await ask('before')).status).toBe(200);
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    const start = await cluster.inspected();
    expect((await ask('before')).status).toBe(200);
    expect(await cluster.inspected()).toBe(start);
    const slow = outside.call({ host: web.ipv4, port: 80, path: '/?wait=4000', headers: HEADERS });
    await until(async () => (await cluster.inspected()) === start + 1);
    agent.select([]);
    expect((await slow).status).toBe(200);
  });
});

suiteInNamespaces('what disturbs', () => {
  it.each([
    ['the ruleset is flushed', ['nft', 'flush', 'ruleset']],
    ['a chain is emptied', ['nft', 'flush', 'chain', 'inet', 'sluice', 'capture']],
    ['the routing rule is taken away', ['ip', 'rule', 'del', 'pref', '1338']],
    ['the routes are flushed', ['ip', '-6', 'route', 'flush', 'table', '1338']],
  ])('%s: it is put right, and told', async (_, argv) => {
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    run([...inside('web', argv)]);
    await until(() => agent.status()?.pods[0]?.repairs === 1);
    expect(await attack(web.ipv4)).toBe(403);
    const clean = await cluster.at('outside').call({ host: web.ipv6, port: 80, headers: HEADERS });
    expect(clean.status).toBe(200);
  });

  it('the pod’s sandbox is made anew under the same path: the new one is intercepted', async () => {
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    cluster.dismiss('web');
    removePod('web');
    web = await cluster.pod('nodeA', 'web');
    await until(async () => (await attack(web.ipv4)) === 403);
    await until(() => agent.intercepts('web'));
  });
});

suiteInNamespaces('conditions', () => {
  it('says what it cannot do: host network, TLS without a key, other protocols, namespaces that are not there', async () => {
    const tls = await cluster.pod('nodeA', 'tls');
    const gone = { ...web, name: 'gone', path: '/run/netns/nobody' };
    const ports = [
      { number: 80, protocol: 'http' },
      { number: 81, protocol: 'tls' },
      { number: 82, protocol: 'tcp', uninspected: 'Allow' },
    ] as const;
    agent.select([{ place: web, hostNetwork: true }, { place: tls, ports }, { place: gone }]);
    await until(
      () => agent.status()?.pods.some(({ conditions }) => conditions[0]?.status === 'True') === true,
    );
    const status = agent.status();
    const reasons = status?.pods.map(({ name, conditions, ports: told }) => [
      name,
      conditions[0]?.reason,
      told,
    ]);
    expect(reasons).toEqual([
      [
        'tls',
        'Redirected',
        [
          { number: 80, state: 'Inspected', reason: null },
          { number: 81, state: 'Refused', reason: 'TlsWithoutKey' },
          { number: 82, state: 'NotInspected', reason: 'NotHttp' },
        ],
      ],
      ['web', 'NotSupported', [{ number: 80, state: 'NotInspected', reason: 'HostNetwork' }]],
      ['gone', 'NamespaceGone', [{ number: 80, state: 'NotInspected', reason: 'NamespaceGone' }]],
    ]);
    const { output } = await agent.tell('status');
    expect(output).toContain('port 81: Refused (TlsWithoutKey)');
    const refused = await cluster.at('outside').raw({
      ...{ host: tls.ipv4, port: 81, pieces: ['anything'], silenceMillis: 2_000 },
    });
    expect(refused.received).toBe('');
    expect(cluster.at('tls').taken()).toEqual([]);
  });

  it('a table that is wrong is refused with its place, and the former stays in force', async () => {
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    writeFileSync(agent.directory.join('table.json'), '{\n "settings": {},\n "pods": 3 }');
    // The first look may find it half written: what is refused then has another place.
    const refused = (): string =>
      agent.status()?.conditions.find(({ reason }) => reason === 'Refused')?.message ?? '';
    await until(() => refused().includes('table.json:3:'));
    const message = refused();
    expect(message).toContain('TABLE_INVALID');
    expect(await attack(web.ipv4)).toBe(403);
  });
});

suiteInNamespaces('uninstall', () => {
  it.each(['while the agent runs', 'after the agent was killed', 'after agent and state were lost'])(
    '%s: every namespace is byte for byte as before, and nothing runs',
    async (how) => {
      const own = await cluster.pod('nodeA', 'own');
      // What others have installed stays.
      run([...inside('own', ['nft', 'add', 'table', 'inet', 'theirs'])]);
      run([...inside('own', ['ip', 'rule', 'add', 'pref', '1338', 'fwmark', '0x7', 'lookup', '77'])]);
      const names = ['nodeA', 'nodeB', 'outside', 'web', 'own'];
      const before = names.map(traceOf);
      agent.select([{ place: web }, { place: own }]);
      await until(() => agent.intercepts('web', 'own'));
      expect(names.map(traceOf)).not.toEqual(before);
      expect(await attack(own.ipv4)).toBe(403);
      const pid = agent.envoyPid;
      if (how !== 'while the agent runs') await agent.kill('SIGKILL');
      if (how === 'after agent and state were lost') {
        process.kill(pid, 'SIGKILL');
        run(['rm', '-rf', agent.state]);
      }
      const { status, output } = await agent.uninstall();
      expect(output).toContain('Removed from 2 network namespaces');
      expect(status).toBe(0);
      expect(names.map(traceOf)).toEqual(before);
      expect(existsSync(agent.state)).toBe(false);
      await until(() => !existsSync(`/proc/${pid}`));
      expect(await attack(own.ipv4)).toBe(200);
    },
  );
});

suiteInNamespaces('an agent of another container', () => {
  it('takes over under load: no request fails, no attack goes through, and the former Envoy ends', async () => {
    agent.select([{ place: web }]);
    await until(() => agent.intercepts('web'));
    const pid = agent.envoyPid;
    const stop = await load();
    await underLoad();
    const ready = agent.directory.join('ready');
    const successor = agent.startElsewhere('--take-over', '--ready-file', ready);
    const attacks = new Set<number>();
    await until(async () => {
      attacks.add(await attack(web.ipv4));
      return existsSync(ready);
    });
    // Its own Envoy serves, and the other ends, although no signal could reach it.
    await until(() => !existsSync(`/proc/${pid}`));
    await underLoad();
    // The one that yielded ends when it is told to, not before, and takes nothing with it: started anew, it would take over again.
    expect(agent.isRunning).toBe(true);
    expect(await agent.kill('SIGTERM')).toBe(0);
    await underLoad();
    attacks.add(await attack(web.ipv4));
    expect((await stop()).map((count) => Object.keys(count))).toEqual([['200'], ['200']]);
    expect([...attacks]).toEqual([403]);
    await successor.end();
  });

  it('that goes without a successor lets through what fails open, and leaves refused what is Closed', async () => {
    const open = await cluster.pod('nodeA', 'open');
    agent.select([{ place: web }, { place: open, unavailable: 'Open', policy: 'open' }]);
    await until(() => agent.intercepts('web', 'open'));
    await agent.kill('SIGTERM');
    const successor = agent.startElsewhere('--take-over', '--leave-on-exit');
    await until(() => agent.log.includes('the former Envoy has ended') && agent.intercepts('web', 'open'));
    const outside = cluster.at('outside');
    const ask = (host: string): Promise<number> =>
      outside.call({ host, port: 80, path: '/?q=hose', headers: HEADERS }).then(({ status }) => status);
    expect(await ask(open.ipv4)).toBe(200);
    await outside.load({
      name: 'load',
      connections: 4,
      port: 80,
      path: '/?q=hose',
      headers: HEADERS,
      host: open.ipv4,
    });
    await successor.end();
    expect(Object.keys(await outside.stopLoad('load'))).toEqual(['200']);
    expect(await attack(open.ipv4)).toBe(200);
    // Refused.
    expect(await ask(web.ipv4)).toBe(0);
  });
});
