import { writeFileSync } from 'node:fs';
import { type GuardPolicy, proxyBootstrap } from '@sluice/envoy-config';
import { createLog, parseConfig, type SluiceServer } from '@sluice/server';
import type { SpoolRecord } from '@sluice/spool';
import { afterEach, describe, expect, it } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { serve } from '../packages/cli/src/serve/serve.ts';
import { call } from './envoy-client.ts';
import { type StreamWorkload, startStreamWorkload } from './ext-proc-workload.ts';

/** Intervals end with the hour: what is counted in two of them is two documents. */
const INTERVAL_MILLIS = 3_600_000;
const TEST_MILLIS = 120_000;

/** Tests share their machine: no verdict may be late. */
const VERDICT_MILLIS_MAX = 20_000;

const RULES = `
SecRule ARGS:q "@streq attack" "id:10001,phase:2,deny,status:403,t:none"
`;

class Stand {
  readonly records: SpoolRecord[] = [];
  readonly directory = new TemporaryDirectory('sluice-l7-test-');
  server: SluiceServer | undefined;
  envoy: EnvoyProcess | undefined;
  workload: StreamWorkload | undefined;

  async start(guard: GuardPolicy): Promise<void> {
    const leftMillis = (): number => INTERVAL_MILLIS - (Date.now() % INTERVAL_MILLIS);
    await expect.poll(leftMillis, { timeout: 2 * TEST_MILLIS, interval: 1_000 }).toBeGreaterThan(TEST_MILLIS);
    const rules = this.directory.join('own.conf');
    writeFileSync(rules, RULES);
    const socket = this.directory.join('0.sock');
    const limits = { verdictMillisMax: VERDICT_MILLIS_MAX, callMillisMax: VERDICT_MILLIS_MAX };
    const policy = {
      mode: guard.mode,
      responses: { inspect: guard.responses === true },
      ruleFiles: { before: [rules] },
    };
    const config = parseConfig(
      JSON.stringify({
        listen: [`unix:${socket}`],
        admin: false,
        rules: { crs: false },
        limits,
        l7: { intervalMillis: INTERVAL_MILLIS },
        drain: { noticeMillis: 0, waitMillis: 1_000 },
        policies: { default: policy },
      }),
      'sluice.yaml',
    );
    const l7 = { sink: { append: (record: SpoolRecord) => this.records.push(record) > 0 } };
    const events = { accept: () => undefined };
    const { server } = await serve({ config, log: createLog('silent'), events, l7 });
    this.server = server;
    this.workload = await startStreamWorkload();
    this.envoy = await startEnvoy({
      bootstrap: proxyBootstrap({
        listeners: [
          {
            name: 'workload',
            host: '127.0.0.1',
            port: 0,
            upstream: this.workload,
            policy: { name: 'default', ...guard },
          },
        ],
        sluiceSockets: [socket],
        verdictMillis: VERDICT_MILLIS_MAX,
      }),
    });
  }

  get port(): number {
    return this.envoy?.listener('workload').port ?? 0;
  }

  /** What is told when it drains: by template, method and status. */
  async drained(): Promise<Readonly<Record<string, unknown>>> {
    await this.envoy?.stop();
    await this.server?.drain();
    const told = this.records.map(({ document }) => {
      const { l7, http } = document as unknown as Told;
      const { status_code: status = l7.status_class } = http.response ?? {};
      return [`${http.request.method} ${l7.template} ${status}`, document] as const;
    });
    return Object.fromEntries(told);
  }

  async stop(): Promise<void> {
    await this.envoy?.stop();
    await this.server?.close();
    await this.workload?.close();
    this.directory.remove();
  }
}

interface Told {
  readonly l7: { readonly template: string; readonly status_class: string };
  readonly http: {
    readonly request: { readonly method: string };
    readonly response?: { readonly status_code: number };
  };
}

let stand: Stand;

afterEach(async () => {
  await stand.stop();
});

const standWith = async (guard: GuardPolicy): Promise<Stand> => {
  stand = new Stand();
  await stand.start(guard);
  return stand;
};

/** Ten of one shape, two that are refused, one with a body. */
async function traffic(port: number): Promise<void> {
  for (let user = 1; user <= 10; user++) await call(port, { path: `/users/${user}?page=${user}` });
  for (let index = 0; index < 2; index++) await call(port, { path: '/users/1?q=attack' });
  await call(port, {
    method: 'POST',
    path: '/orders',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'item=shoes',
  });
}

const CLIENT = { source: { ip: '127.0.0.1' } };

describe('the L7 view behind a real Envoy', () => {
  it('counts by ext_authz what is asked for and what Sluice refuses', async () => {
    const { port } = await standWith({ mode: 'Block', unavailable: 'Closed', dataPath: 'ext_authz' });
    await traffic(port);
    expect(await stand.drained()).toMatchObject({
      'GET /users/{id} unknown': {
        ...CLIENT,
        l7: { policy: 'default', count: 10, blocked: 0, responses: 0 },
      },
      'GET /users/{id} 403': { ...CLIENT, l7: { count: 2, blocked: 2, status_class: '4xx' } },
      'POST /orders unknown': {
        ...CLIENT,
        destination: { ip: '127.0.0.1', port },
        l7: { count: 1, request_bytes: 10 },
      },
    });
    expect(stand.records).toHaveLength(3);
  });

  it('counts by ext_proc what the workload answers, too', async () => {
    const { port } = await standWith({
      mode: 'Block',
      unavailable: 'Closed',
      dataPath: 'ext_proc',
      responses: true,
    });
    await traffic(port);
    expect(await stand.drained()).toMatchObject({
      'GET /users/{id} 200': {
        ...CLIENT,
        l7: { policy: 'default', count: 10, blocked: 0, unjudged: 0, responses: 10, status_class: '2xx' },
      },
      'GET /users/{id} 403': { ...CLIENT, l7: { count: 2, blocked: 2, responses: 0 } },
      'POST /orders 200': {
        ...CLIENT,
        destination: { ip: '127.0.0.1', port },
        l7: { count: 1, request_bytes: 10, responses: 1 },
      },
    });
    expect(stand.records).toHaveLength(3);
    const [first] = stand.records;
    expect(first?.document).toMatchObject({ l7: { latency_us: { le_2500000: 10 } } });
  });

  it('counts in Detect what Block would have refused', async () => {
    const { port } = await standWith({ mode: 'Detect', unavailable: 'Open', dataPath: 'ext_proc' });
    await traffic(port);
    expect(await stand.drained()).toMatchObject({
      'GET /users/{id} unknown': { l7: { count: 12, blocked: 0, would_block: 2, unjudged: 0 } },
      'POST /orders unknown': { l7: { count: 1, would_block: 0 } },
    });
    expect(stand.records).toHaveLength(2);
  });
});
