/** Rules that are damaged on disk, and rules that cannot be decided. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { SluiceProcess } from '../envoy-stack.ts';
import { ATTACK, SOON, Stand } from './stand.ts';
import { tryFaults } from './suite.ts';
import { RULE_FAULTS } from './table.ts';

let stand: Stand;
let directory: TemporaryDirectory | null = null;
afterEach(async () => {
  await stand?.stop();
  directory?.remove();
  directory = null;
});

/** What may become of a file on disk. */
const DAMAGES: readonly ((bytes: Buffer) => Buffer)[] = [
  (bytes) => {
    const at = bytes.byteLength >> 1;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
    return bytes;
  },
  (bytes) => bytes.subarray(0, bytes.byteLength >> 1),
  () => Buffer.alloc(0),
];

tryFaults(RULE_FAULTS, {
  async bundleCorrupt(mode) {
    directory = new TemporaryDirectory('sluice-faults-cache-');
    const environment = { SLUICE_CACHE: directory.path };
    stand = await Stand.start(mode, { launch: { environment } });
    const rules = directory.join('rules');
    const bundles = readdirSync(rules).filter((name) => name.endsWith('.bundle'));
    expect(bundles.length).toBeGreaterThan(0);
    const sound = new Map(bundles.map((name) => [name, readFileSync(join(rules, name))]));
    for (const damage of DAMAGES) {
      await stand.stack.sluice.kill('SIGKILL');
      for (const [name, bytes] of sound) writeFileSync(join(rules, name), damage(Buffer.from(bytes)));
      const { configuration } = stand.stack;
      const again = new SluiceProcess(configuration, stand.stack.sluice.socket, true, { environment });
      try {
        await again.ready();
        const verdict = stand.isBlock ? '403' : '200';
        // Until Envoy has found it again, it answers by itself, or lets through.
        const ask = (): Promise<string> => stand.ask({ path: `/?q=${ATTACK}` });
        await expect.poll(ask, SOON).toBe(verdict);
        await expect.poll(() => again.lines.filter((line) => 'waf' in line).length, SOON).toBeGreaterThan(0);
        await stand.expectJudges();
        for (const [name, bytes] of sound)
          expect(readFileSync(join(rules, name)).byteLength).toBe(bytes.byteLength);
      } finally {
        await again.kill('SIGKILL');
      }
    }
    const workload = stand.arrivalsOf('/').length === 0 ? 'no attack' : 'all of it';
    return {
      client: stand.isBlock ? 'its verdict' : '200',
      workload,
      event: 'as ever: the rules are compiled anew',
    };
  },

  async matchLimit(mode) {
    const rules =
      'SecPcreMatchLimit 100\nSecRule ARGS:a "@rx ^(a+)+(?!a)b?\\1$" "id:10002,phase:2,deny,status:403"\n';
    stand = await Stand.start(mode, { rules });
    const path = stand.path();
    const client = await stand.ask({ path: `${path}?a=${'a'.repeat(200)}` });
    await expect.poll(() => stand.told(path), SOON).not.toBe('none');
    return { client, workload: stand.arrived(path), event: stand.told(path) };
  },
});
