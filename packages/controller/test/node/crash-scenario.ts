/** What a node goes through: plans come, change and go. Its end is the same from wherever it begins. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_LIMITS } from '../../src/node/limits.ts';
import { NodeWorld, pod, policy, withRule } from './world.ts';

const DEFAULT = policy('default', { settings: { mode: 'Detect' } });

/** Two keys, made once a folder. */
export function makeKeys(root: string): void {
  for (const name of ['a', 'b']) {
    const files = ['-keyout', join(root, `${name}.key`), '-out', join(root, `${name}.crt`)];
    const subject = ['-subj', `/CN=${name}`, '-days', '2', '-nodes', '-x509'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    execFileSync('openssl', ['req', ...kind, ...subject, ...files], { stdio: 'ignore' });
  }
}

export const secretOf = (root: string, name: string) => ({
  'tls.crt': readFileSync(join(root, `${name}.crt`)).toString('base64'),
  'tls.key': readFileSync(join(root, `${name}.key`)).toString('base64'),
});

async function settle(world: NodeWorld): Promise<void> {
  for (let turn = 0; turn < 12; turn++) if (await world.sync.turn()) return;
}

/** @param root with keys, and with what a former run has left */
export async function scenario(root: string, keys = root): Promise<NodeWorld> {
  const world = new NodeWorld(root);
  const tls = pod('tls', { ports: [{ number: 8443, protocol: 'tls', tlsSecret: 'shop/tls' }] });
  // A server that has started has what is there.
  if (existsSync(join(world.directory, 'sluice.yaml'))) world.server.reload();
  world.link('web', 'tls', 'cart');
  world.api.secrets.set('shop/tls', secretOf(keys, 'a'));
  world.feed.list = [
    { ...tls, addresses: ['10.0.0.1'], pod: 'tls', node: 'n', owner: '', labels: [], services: [] },
  ];
  world.plan([pod('web'), tls], [DEFAULT, withRule('shop/web', 10_001)]);
  await settle(world);
  world.api.secrets.set('shop/tls', secretOf(keys, 'b'));
  world.restart();
  world.plan(
    [pod('web', { policy: 'shop/new' }), tls, pod('cart', { policy: 'shop/cart' })],
    [DEFAULT, withRule('shop/web', 10_002), withRule('shop/new', 10_003), withRule('shop/cart', 10_004)],
  );
  await settle(world);
  world.plan([pod('web', { policy: 'shop/new' })], [DEFAULT, withRule('shop/new', 10_005)]);
  await settle(world);
  const { now } = performance;
  const began = now.call(performance);
  performance.now = () => began + 2 * NODE_LIMITS.retiredMillis;
  for (let turn = 0; turn < 3; turn++) await settle(world);
  performance.now = now;
  return world;
}
