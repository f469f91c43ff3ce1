import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLog } from '../src/log.ts';
import { plainAddress, workloadsText } from '../src/workloads/workload-file.ts';
import { Workloads } from '../src/workloads/workloads.ts';
import { addWorkloadsMetrics } from '../src/workloads/workloads-metrics.ts';

const pod = (name: string, ...addresses: string[]) => ({
  addresses,
  namespace: 'shop',
  pod: name,
  uid: `uid-${name}`,
  node: 'node-1',
  owner: `Deployment/${name}`,
  labels: [`app=${name}`],
  services: [name],
});

const WEB = pod('web', '10.0.0.1', 'fd00::1');
const CART = pod('cart', '10.0.0.2');

let folder: string;
let path: string;
let workloads: Workloads;

/** As its writer does. */
function replace(text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-workloads-'));
  path = join(folder, 'workloads.ndjson');
  workloads = new Workloads({ path, log: createLog('silent'), pollMillis: 50 });
});

afterEach(async () => {
  await workloads.close();
  rmSync(folder, { recursive: true });
});

describe('who stands behind an address', () => {
  it('is told of both ends by what the file says, and of the destination its Services', async () => {
    replace(workloadsText([WEB, CART]));
    await workloads.start();
    expect(workloads.endsOf('10.0.0.2', '10.0.0.1')).toEqual({
      source: {
        namespace: 'shop',
        pod: 'cart',
        uid: 'uid-cart',
        owner: 'Deployment/cart',
        labels: ['app=cart'],
      },
      destination: {
        namespace: 'shop',
        pod: 'web',
        uid: 'uid-web',
        owner: 'Deployment/web',
        labels: ['app=web'],
        service: 'web',
        services: ['web'],
      },
    });
    expect(workloads.workloadOf('10.0.0.2')).toEqual({
      namespace: 'shop',
      pod: 'cart',
      owner: 'Deployment/cart',
    });
  });

  it('names no single Service where several lead to the workload', async () => {
    replace(workloadsText([{ ...WEB, services: ['web', 'web-canary'] }]));
    await workloads.start();
    const destination = workloads.endsOf('', '10.0.0.1')?.destination;
    expect(destination).toMatchObject({ services: ['web', 'web-canary'] });
    expect(destination).not.toHaveProperty('service');
  });

  it.each(['', '10.0.0.9', '-', '/run/pipe.sock', 'fd00::2'])('is nobody for %j', async (address) => {
    replace(workloadsText([WEB]));
    await workloads.start();
    expect(workloads.endsOf(address, address)).toBeNull();
  });

  it.each(['FD00:0:0:0:0:0:0:1', 'fd00::1%eth0', '::ffff:10.0.0.1', '::FFFF:a00:1'])(
    'is found by %s, another way to write an address',
    async (address) => {
      replace(workloadsText([WEB]));
      await workloads.start();
      expect(workloads.endsOf(address, '')?.source?.pod).toBe('web');
    },
  );

  it('is nobody where two workloads claim the address, and that is told', async () => {
    replace(workloadsText([WEB, pod('other', '10.0.0.1'), pod('third', '10.0.0.1'), CART]));
    await workloads.start();
    expect(workloads.endsOf('10.0.0.1', '')).toBeNull();
    expect(workloads.endsOf('10.0.0.2', '')?.source?.pod).toBe('cart');
    expect(workloads.status).toMatchObject({ workloads: 4, problem: '' });
    expect(workloads.status.disputed).toBeGreaterThan(0);
  });

  it('changes with the file, and what was told before stays what it was', async () => {
    replace(workloadsText([WEB]));
    await workloads.start();
    const before = workloads.endsOf('10.0.0.1', '');
    replace(workloadsText([pod('successor', '10.0.0.1')]));
    await vi.waitFor(() => expect(workloads.endsOf('10.0.0.1', '')?.source?.uid).toBe('uid-successor'));
    expect(before?.source?.uid).toBe('uid-web');
  });
});

describe('a file of workloads that is wrong', () => {
  const good = workloadsText([WEB, CART]);
  it.each([
    ['empty', ''],
    ['no JSON', 'workloads\n'],
    ['of another version', good.replace('"version":1', '"version":2')],
    ['cut behind a line', `${good.split('\n').slice(0, 2).join('\n')}\n`],
    ['cut within a line', good.slice(0, -5)],
    ['with something that is no address', good.replace('10.0.0.2', 'cart.shop')],
    ['with a field that nobody knows', good.replace('"owner"', '"proprietor"')],
  ])('and is %s leaves the former in force, and says so', async (_, text) => {
    replace(good);
    await workloads.start();
    replace(text);
    await vi.waitFor(() => expect(workloads.status.problem).not.toBe(''));
    expect(workloads.endsOf('10.0.0.2', '')?.source?.pod).toBe('cart');
    expect(workloads.line()).toMatch(/^workloads: 2 since .*; not taken over: /);
    const registry = new Registry();
    addWorkloadsMetrics(registry, workloads);
    const metrics = await registry.metrics();
    expect(metrics).toContain('sluice_workloads_files_total{outcome="refused"} 1');
    expect(metrics).toContain('sluice_workloads_refused 1');
    expect(metrics).toContain('sluice_workloads 2');
    replace(workloadsText([WEB]));
    await vi.waitFor(() => expect(workloads.status).toMatchObject({ problem: '', workloads: 1 }));
  });

  it('is no reason not to start', async () => {
    await workloads.start();
    expect(workloads.endsOf('10.0.0.1', '10.0.0.2')).toBeNull();
    expect(workloads.line()).toContain('none known; not taken over: ');
    replace(good);
    await vi.waitFor(() => expect(workloads.status.workloads).toBe(2));
  });
});

it('leaves what is no IPv6 address as it is', () => {
  expect(['10.0.0.1', '', 'name', 'a:b'].map(plainAddress)).toEqual(['10.0.0.1', '', 'name', 'a:b']);
});
