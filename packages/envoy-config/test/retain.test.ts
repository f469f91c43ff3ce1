import { expect, it } from 'vitest';
import { type InterceptedPod, type InterceptedPort, type Listener, nodeConfig } from '../src/index.ts';
import { retain } from '../src/node/retain.ts';
import { type Loose, POD } from './support/documents.ts';

const PORT: InterceptedPort = { number: 80, protocol: 'http' };
const TLS = { certificateChainPath: '/c', privateKeyPath: '/k' };

function listenerOf(change: Partial<InterceptedPod>, more: object = {}): Listener {
  const settings = { sluiceSockets: ['/s'], redirectPort: 15_006, originalSourceMark: 7, ...more };
  const pods = [{ ...POD, ports: [PORT], ...change }];
  const [listener] = nodeConfig({ settings, pods }, '/run/xds').listeners;
  return structuredClone(listener ?? { name: '', filter_chains: [] });
}
const names = ({ filter_chains }: Listener): readonly string[] => filter_chains.map(({ name }) => name);
const strict = (mode: InterceptedPod['mode']) => ({ mode, ports: [{ ...PORT, paths: 'Strict' }] }) as const;

it('keeps chains that differ in how they read requests, each way once', () => {
  const detect = listenerOf({ mode: 'Detect' });
  const block = retain(detect, listenerOf({}));
  expect(names(block)).toEqual(['port/80/Normalised', 'port/80/Open']);
  const window = { dataPath: 'ext_proc', profile: 'window' } as const;
  const long = retain(retain(block, listenerOf(strict('Block'))), listenerOf(window));
  expect(names(long)).toEqual([
    'port/80/Normalised/long',
    'port/80/Strict',
    'port/80/Normalised',
    'port/80/Open',
  ]);
  expect(names(retain(long, listenerOf({})))).toHaveLength(4);
});

it.each<[string, Listener]>([
  ['another protocol', listenerOf({ ports: [{ ...PORT, protocol: 'h2c' }] })],
  ['a certificate', listenerOf({ ports: [{ ...PORT, protocol: 'tls', tls: TLS }] })],
  ['other upgrades', listenerOf({ ports: [{ ...PORT, upgrades: ['x'] }] })],
  ['other settings', listenerOf({}, { maxRequestBytes: 7 })],
  ['other trusted proxies', listenerOf({}, { trustedProxies: ['10.0.0.0/8'] })],
])('has the connections of a port made anew for %s', (_, next) => {
  expect(names(retain(listenerOf({ mode: 'Detect' }), next))).toEqual(names(next));
});

/** As another version would have written it, or will. */
const VERSIONS: readonly (readonly [string, (manager: Loose) => void])[] = [
  ['a field that this one does not write', (manager) => Object.assign(manager, { via: 'x' })],
  ['another value', (manager) => Object.assign(manager, { max_request_headers_kb: 61 })],
  [
    'a table of routes that this one does not write',
    (manager) => Object.assign(manager.rds, { route_config_name: 'pod/u1/80' }),
  ],
  [
    'a file of routes that this one does not write',
    (manager) => Object.assign(manager.rds.config_source.path_config_source, { path: '/x' }),
  ],
];
it.each(VERSIONS)('keeps no chain with %s', (_, change) => {
  const former: Loose = listenerOf({ mode: 'Detect' });
  change(former.filter_chains[0].filters[0].typed_config);
  expect(names(retain(former, listenerOf({})))).toEqual(['port/80/Normalised']);
});
