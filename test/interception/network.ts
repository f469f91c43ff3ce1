/**
 * Network namespaces, as two nodes with pods have them:
 *
 *     outside ── router-less link ── nodeA ══ br0 ══ pods 10.72.0.0/16
 *                                      │
 *                                    nodeB ══ br0 ══ pods 10.73.0.0/16
 */
import { spawnSync } from 'node:child_process';

export class NetworkFault extends Error {
  override readonly name = 'NetworkFault';
}

/** Runs a program as it is; a failure is the test's. */
export function run(argv: readonly string[], input = ''): string {
  const [file = '', ...rest] = argv;
  const { status, stdout, stderr } = spawnSync(file, rest, { input, encoding: 'utf8' });
  if (status !== 0) throw new NetworkFault(`${argv.join(' ')}: ${stderr}`);
  return stdout;
}

/** Why namespaces cannot be had here; null where they can. */
export function whyNoNetwork(): string | null {
  if (process.getuid?.() !== 0) return 'needs root, for network namespaces';
  for (const tool of ['nft', 'ip', 'nsenter', 'setpriv'])
    if (spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0) return `needs ${tool}`;
  const tried = spawnSync('unshare', ['--net', '--', 'nft', 'add', 'table', 'inet', 'probe'], {
    encoding: 'utf8',
  });
  return tried.status === 0 ? null : `needs network namespaces with nftables: ${tried.stderr.trim()}`;
}

/** Namespaces are the machine's: several tests run at once. */
const PREFIX = `sl${process.pid}`;

export type NodeName = 'nodeA' | 'nodeB';

export interface Place {
  /** Of the namespace, without the prefix. */
  readonly name: string;
  readonly path: string;
  readonly ipv4: string;
  readonly ipv6: string;
}

const made: string[] = [];
process.once('exit', removeAll);

export function removeAll(): void {
  for (const name of made.splice(0)) spawnSync('ip', ['netns', 'del', name]);
}

const netns = (name: string): string => `${PREFIX}-${name}`;
export const pathOf = (name: string): string => `/run/netns/${netns(name)}`;
export const inside = (name: string, argv: readonly string[]): readonly string[] => [
  'nsenter',
  `--net=${pathOf(name)}`,
  '--',
  ...argv,
];

function addNamespace(name: string): void {
  run(['ip', 'netns', 'add', netns(name)]);
  made.push(netns(name));
  run(['ip', '-n', netns(name), 'link', 'set', 'lo', 'up']);
}

const ip = (name: string, ...rest: readonly string[]): string => run(['ip', '-n', netns(name), ...rest]);

interface End {
  readonly name: string;
  readonly device: string;
}

let links = 0;

/** With a link-local address at once: the kernel's own would come at a time of its choosing. */
function raise(name: string, device: string): void {
  ip(name, 'link', 'set', device, 'addrgenmode', 'none');
  ip(name, 'link', 'set', device, 'up');
  address({ name, device }, `fe80::${(++links).toString(16)}/64`);
}

function link(left: End, right: End): void {
  run([
    ...['ip', '-n', netns(left.name), 'link', 'add', left.device, 'type', 'veth'],
    ...['peer', 'name', right.device, 'netns', netns(right.name)],
  ]);
  for (const { name, device } of [left, right]) raise(name, device);
}

function address({ name, device }: End, ...addresses: readonly string[]): void {
  for (const each of addresses) {
    const family = each.includes(':') ? ['-6'] : [];
    const noDad = each.includes(':') ? ['nodad'] : [];
    ip(name, ...family, 'addr', 'add', each, 'dev', device, ...noDad);
  }
}

const defaultRoute = (name: string, ...gateways: readonly string[]): void => {
  for (const gateway of gateways)
    ip(name, ...(gateway.includes(':') ? ['-6'] : []), 'route', 'add', 'default', 'via', gateway);
};

function addNode(name: NodeName, subnet: number): void {
  addNamespace(name);
  ip(name, 'link', 'add', 'br0', 'type', 'bridge');
  raise(name, 'br0');
  address({ name, device: 'br0' }, `10.${71 + subnet}.0.1/16`, `fd71:${subnet}::1/64`);
  const forward = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
  run([...inside(name, ['sysctl', '-qw', ...forward])]);
}

const SUBNETS = { nodeA: 1, nodeB: 2 } as const;
let pods = 10;

/** A pod on a node's bridge. */
export function addPod(node: NodeName, name: string): Place {
  addNamespace(name);
  const device = `v${++pods}`;
  link({ name: node, device }, { name, device: 'eth0' });
  ip(node, 'link', 'set', device, 'master', 'br0');
  const subnet = SUBNETS[node];
  const place = {
    name,
    path: pathOf(name),
    ipv4: `10.${71 + subnet}.${pods >> 8}.${pods & 255}`,
    ipv6: `fd71:${subnet}::${pods}`,
  };
  address({ name, device: 'eth0' }, `${place.ipv4}/16`, `${place.ipv6}/64`);
  defaultRoute(name, `10.${71 + subnet}.0.1`, `fd71:${subnet}::1`);
  return place;
}

export function removePod(name: string): void {
  run(['ip', 'netns', 'del', netns(name)]);
  made.splice(made.indexOf(netns(name)), 1);
}

export const nodePlace = (node: NodeName): Place => ({
  name: node,
  path: pathOf(node),
  ipv4: `10.${71 + SUBNETS[node]}.0.1`,
  ipv6: `fd71:${SUBNETS[node]}::1`,
});

/** Both nodes, routes between them, and a client outside, reached through nodeA. */
export function makeNetwork(): { readonly outside: Place } {
  addNode('nodeA', 1);
  addNode('nodeB', 2);
  link({ name: 'nodeA', device: 'wire' }, { name: 'nodeB', device: 'wire' });
  address({ name: 'nodeA', device: 'wire' }, '10.71.0.1/24', 'fd71:0::1/64');
  address({ name: 'nodeB', device: 'wire' }, '10.71.0.2/24', 'fd71:0::2/64');
  defaultRoute('nodeB', '10.71.0.1', 'fd71:0::1');
  ip('nodeA', 'route', 'add', '10.73.0.0/16', 'via', '10.71.0.2');
  ip('nodeA', '-6', 'route', 'add', 'fd71:2::/64', 'via', 'fd71:0::2');
  addNamespace('outside');
  link({ name: 'nodeA', device: 'out' }, { name: 'outside', device: 'eth0' });
  address({ name: 'nodeA', device: 'out' }, '10.71.9.1/24', 'fd71:9::1/64');
  address({ name: 'outside', device: 'eth0' }, '10.71.9.2/24', 'fd71:9::2/64');
  defaultRoute('outside', '10.71.9.1', 'fd71:9::1');
  return { outside: { name: 'outside', path: pathOf('outside'), ipv4: '10.71.9.2', ipv6: 'fd71:9::2' } };
}

/** Everything that interception could leave in a namespace, byte for byte. */
export const traceOf = (name: string): string =>
  [
    ['nft', 'list', 'ruleset'],
    ['sysctl', 'net.ipv4.tcp_fwmark_accept', 'net.ipv4.fwmark_reflect', 'net.ipv6.fwmark_reflect'],
    ...['-4', '-6'].flatMap((family) => [
      ['ip', family, 'rule', 'show'],
      ['ip', family, 'route', 'show', 'table', 'all'],
    ]),
  ]
    .map((argv) => `${argv.join(' ')}\n${run([...inside(name, argv)])}`)
    .join('\n');
