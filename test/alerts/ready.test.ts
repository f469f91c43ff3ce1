/** The ready alerts over what Sluice itself tells: requests through a real Envoy, the CRS, events and the view of all HTTP. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WafEvent } from '@sluice/engine';
import { proxyBootstrap } from '@sluice/envoy-config';
import { type AlertNotice, preview, readAlerts } from '@sluice/hub';
import { createLog, parseConfig, type SluiceServer } from '@sluice/server';
import type { SpoolRecord } from '@sluice/spool';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { serve } from '../../packages/cli/src/serve/serve.ts';
import { repositoryRoot } from '../../scripts/tidy.ts';
import { type Call, call } from '../envoy-client.ts';
import { startWorkload, type Workload } from '../envoy-workload.ts';
import { MemoryStore } from '../event-store/memory-store.ts';

const VERDICT_MILLIS_MAX = 20_000;
const MINUTE = 60_000;
const BODY_BYTES_MAX = 2_048;

/** Each listens at an address of its own, so that the three are three workloads. */
const SERVICES = ['web', 'api', 'pay'];
const addressOf = (name: string): string => `127.0.0.${2 + SERVICES.indexOf(name)}`;
/** Who asks: this machine. */
const CLIENT = '127.0.0.1';

const WORKLOADS = [
  ...SERVICES.map((name) => [addressOf(name), 'shop', name] as const),
  [CLIENT, 'lab', 'tester'] as const,
].map(([address, namespace, name]) => ({
  ...{ addresses: [address], namespace, pod: `${name}-1`, uid: name, node: 'a' },
  ...{ owner: `Deployment/${name}`, labels: [`app=${name}`], services: [name] },
}));

const ATTACK = `/?q=${encodeURIComponent("zzz' UNION SELECT id, email, password_hash, 0 FROM users --")}`;

const directory = new TemporaryDirectory('sluice-ready-alerts-');
const store = new MemoryStore();
const records: SpoolRecord[] = [];
let server: SluiceServer;
let envoy: EnvoyProcess;
let workload: Workload;
const began = Date.now();

/** As a node is configured; what it makes is kept here instead of in a spool. */
async function startSluice(socket: string): Promise<SluiceServer> {
  const workloads = directory.join('workloads.ndjson');
  const head = { version: 1, workloads: WORKLOADS.length };
  writeFileSync(workloads, [head, ...WORKLOADS].map((line) => `${JSON.stringify(line)}\n`).join(''));
  const settings = {
    ...{ listen: [`unix:${socket}`], admin: false, events: { workloads } },
    limits: { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX },
    drain: { noticeMillis: 0, waitMillis: 1_000 },
    policies: { default: { mode: 'Detect', body: { bytesMax: BODY_BYTES_MAX, beyond: 'Refuse' } } },
  };
  const accept = (event: unknown): void => {
    const { event: own, source } = event as WafEvent;
    const document = event as SpoolRecord['document'];
    records.push({ dataSet: 'waf', id: own.id, source: source.ip ?? '', document });
  };
  const l7 = { sink: { append: (record: SpoolRecord) => records.push(record) > 0 } };
  const config = parseConfig(JSON.stringify(settings), 'sluice.yaml');
  return (await serve({ config, log: createLog('silent'), events: { accept }, l7 })).server;
}

async function traffic(): Promise<void> {
  const portOf = (name: string): number => envoy.listener(name).port;
  const to = (name: string, request: Call) => call(portOf(name), { ...request, address: addressOf(name) });
  for (const name of SERVICES) await to(name, { path: ATTACK });
  for (let index = 0; index < 20; index++) await to('web', { path: ATTACK });
  const body = 'x'.repeat(BODY_BYTES_MAX + 1);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  for (let index = 0; index < 10; index++) {
    await to('api', { method: 'POST', path: '/orders', headers, body });
  }
}

beforeAll(async () => {
  const socket = directory.join('0.sock');
  server = await startSluice(socket);
  workload = await startWorkload();
  const policy = { name: 'default', mode: 'Detect', unavailable: 'Open' } as const;
  const listeners = SERVICES.map((name) => ({
    ...{ name, host: addressOf(name), port: 0, upstream: workload, policy },
  }));
  const bootstrap = proxyBootstrap({ listeners, sluiceSockets: [socket], verdictMillis: VERDICT_MILLIS_MAX });
  envoy = await startEnvoy({ bootstrap });
  await traffic();
  await envoy.stop();
  await server.drain();
  await store.append(records);
}, 120_000);

afterAll(async () => {
  await envoy?.stop();
  await server?.close();
  await workload?.close();
  directory.remove();
});

/** What people would have been told, had the alert been there. */
async function told(name: string): Promise<readonly AlertNotice[]> {
  const { definitions, faults } = readAlerts([join(repositoryRoot, 'rules/alerts', `${name}.yaml`)]);
  expect(faults).toEqual([]);
  const [definition] = definitions;
  if (definition === undefined) return [];
  const { shown } = await preview(definition, store, { from: began - MINUTE, to: Date.now() + 10 * MINUTE });
  return shown.map(({ firing }) => firing);
}

const end = (namespace: string, name: string) => ({
  ...{ namespace, pod: `${name}-1`, owner: `Deployment/${name}`, labels: [`app=${name}`] },
});
const TESTER = { ip: CLIENT, ...end('lab', 'tester') };

describe('the ready alert', () => {
  it('sqli-seen fires once for each workload, with both ends', async () => {
    const notices = await told('sqli-seen');
    const byOwner = Object.fromEntries(notices.map((notice) => [notice.destination.owner, notice]));
    expect(notices).toHaveLength(3);
    expect(byOwner['Deployment/web']).toMatchObject({
      ...{ count: 21, rules: expect.arrayContaining(['942100']) },
      ...{ source: TESTER, destination: end('shop', 'web') },
    });
  });

  it('one-source-many-services fires for the client', async () => {
    expect(await told('one-source-many-services')).toMatchObject([
      { summary: `${CLIENT} attacks 3 workloads`, value: 3, source: TESTER },
    ]);
  });

  it('would-block-rising fires for the workload, with labels that the view of all HTTP does not have', async () => {
    expect(await told('would-block-rising')).toMatchObject([
      {
        summary: 'Block would refuse 21 requests to Deployment/web',
        ...{ source: TESTER, destination: end('shop', 'web') },
      },
    ]);
  });

  it('coverage-dropped fires for the workload whose bodies are over the limit', async () => {
    expect(await told('coverage-dropped')).toMatchObject([
      {
        summary: '10 requests to Deployment/api could not be inspected whole',
        destination: end('shop', 'api'),
      },
    ]);
  });
});
