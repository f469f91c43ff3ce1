import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type NodeConfig, XdsFiles, type XdsVersions } from '@sluice/envoy-config';
import { afterAll, expect, it } from 'vitest';
import { type EnvoyPlan, NodeEnvoy } from '../src/envoy/node-envoy.ts';
import { Slot } from '../src/envoy/slot.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-envoy-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Says what was made of it. */
class Told extends XdsFiles {
  readonly told: string[] = [];
  override write(config: NodeConfig): XdsVersions {
    this.told.push(`write ${config.listeners.length}`);
    return super.write(config);
  }
  override prune(): XdsVersions {
    this.told.push('prune');
    return super.prune();
  }
}

const planOf = (...uids: readonly string[]): EnvoyPlan => ({
  settings: { sluiceSockets: ['/s'], originalSourceMark: 7 },
  pods: uids.map((uid) => ({
    ...{ namespace: 'shop', name: uid, uid, networkNamespacePath: `/netns/${uid}`, policy: 'shop' },
    ...{ mode: 'Block', unavailable: 'Closed', ipFamilies: ['IPv4'] },
    ports: [{ number: 80, protocol: 'http' }],
  })),
});

it('makes a configuration once of each plan, and lets go once of what nobody needs', () => {
  const files = new Told(directory);
  const state = {
    slot: 0,
    process: { pid: 1, startTicks: '', namespace: '' },
    fingerprint: '',
    version: '',
  } as const;
  const written = { listeners: '', clusters: '', routes: new Map() };
  const envoy = new NodeEnvoy(new Slot(directory, 0), state, files, written);
  for (const plan of [planOf('a', 'b'), planOf('a')]) {
    for (let look = 0; look < 3; look++) {
      envoy.write(plan);
      envoy.prune();
    }
  }
  expect(files.told).toEqual(['write 2', 'prune', 'write 1', 'prune']);
});
