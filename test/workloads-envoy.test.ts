/** Who stands at both ends of a request: by who is connected with a real Envoy, whatever a header says. */
import { renameSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { type GuardPolicy, proxyBootstrap } from '@sluice/envoy-config';
import { createLog, parseConfig, type SluiceServer, workloadsText } from '@sluice/server';
import type { SpoolRecord } from '@sluice/spool';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { serve } from '../packages/cli/src/serve/serve.ts';
import { type StreamWorkload, startStreamWorkload } from './ext-proc-workload.ts';

/** Tests share their machine: no verdict may be late. */
const VERDICT_MILLIS_MAX = 20_000;

const RULES = `
SecRule ARGS:q "@streq attack" "id:10001,phase:2,deny,status:403,t:none"
`;

const ATTACKER = '127.0.0.2';
const FORGED = '127.0.0.3';

const pod = (name: string, address: string) => ({
  addresses: [address],
  namespace: 'shop',
  pod: name,
  uid: `uid-${name}`,
  node: 'node-1',
  owner: `Deployment/${name}`,
  labels: [`app=${name}`],
  services: [name],
});

interface Told {
  readonly source: { readonly ip: string; readonly hostname: string };
  readonly waf: { readonly source?: object; readonly destination?: object };
}

class Stand {
  readonly events: Told[] = [];
  readonly records: SpoolRecord[] = [];
  readonly directory = new TemporaryDirectory('sluice-workloads-test-');
  readonly file = this.directory.join('workloads.ndjson');
  server: SluiceServer | undefined;
  envoy: EnvoyProcess | undefined;
  workload: StreamWorkload | undefined;

  write(...pods: ReturnType<typeof pod>[]): void {
    writeFileSync(`${this.file}.new`, workloadsText(pods));
    renameSync(`${this.file}.new`, this.file);
  }

  /** @param inlineBytesMax 0: everything is inspected in workers */
  async start(guard: GuardPolicy, inlineBytesMax = 4_096): Promise<void> {
    const rules = this.directory.join('own.conf');
    writeFileSync(rules, RULES);
    const socket = this.directory.join('0.sock');
    const limits = {
      verdictMillisMax: VERDICT_MILLIS_MAX,
      callMillisMax: VERDICT_MILLIS_MAX,
      inlineBytesMax,
      poolThreads: 1,
    };
    const config = parseConfig(
      JSON.stringify({
        listen: [`unix:${socket}`],
        admin: false,
        rules: { crs: false },
        limits,
        events: { workloads: this.file },
        drain: { noticeMillis: 0, waitMillis: 1_000 },
        policies: { default: { mode: guard.mode, ruleFiles: { before: [rules] } } },
      }),
      'sluice.yaml',
    );
    const events = { accept: (event: unknown) => this.events.push(event as Told) };
    const l7 = { sink: { append: (record: SpoolRecord) => this.records.push(record) > 0 } };
    const { server } = await serve({ config, log: createLog('silent'), events, l7 });
    this.server = server;
    this.workload = await startStreamWorkload();
    const upstream = this.workload;
    const policy = { name: 'default', ...guard };
    const bootstrap = proxyBootstrap({
      listeners: [{ name: 'workload', host: '127.0.0.1', port: 0, upstream, policy }],
      sluiceSockets: [socket],
      verdictMillis: VERDICT_MILLIS_MAX,
    });
    // As behind a proxy that is believed.
    const believing = JSON.stringify(bootstrap).replaceAll(
      '"use_remote_address":true',
      '"use_remote_address":true,"xff_num_trusted_hops":1',
    );
    expect(believing).not.toBe(JSON.stringify(bootstrap));
    this.envoy = await startEnvoy({ bootstrap: JSON.parse(believing) });
  }

  /** From the attacker's address, in another's name. */
  attack(): Promise<number> {
    const port = this.envoy?.listener('workload').port ?? 0;
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          localAddress: ATTACKER,
          path: '/?q=attack',
          headers: { host: 'shop.example', 'x-forwarded-for': FORGED },
          agent: false,
        },
        (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)),
      );
      sent.once('error', reject).end();
    });
  }

  async stop(): Promise<void> {
    await this.envoy?.stop();
    await this.server?.close();
    await this.workload?.close();
    this.directory.remove();
  }
}

let stand: Stand;

afterEach(async () => {
  await stand.stop();
});

const ENDS = {
  source: {
    namespace: 'shop',
    pod: 'attacker',
    uid: 'uid-attacker',
    owner: 'Deployment/attacker',
    labels: ['app=attacker'],
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
};

const INLINE_BYTES = 4_096;

describe.each([
  ['ext_authz', 'on the thread that speaks with Envoy', INLINE_BYTES],
  ['ext_authz', 'in a worker', 0],
  ['ext_proc', 'on the thread that speaks with Envoy', INLINE_BYTES],
  ['ext_proc', 'in a worker', 0],
] as const)('an event of %s that is made %s', (dataPath, _, inlineBytesMax) => {
  it('names the pods of who is connected and of where the request went', async () => {
    stand = new Stand();
    stand.write(pod('attacker', ATTACKER), pod('victim', FORGED), pod('web', '127.0.0.1'));
    await stand.start({ mode: 'Block', unavailable: 'Closed', dataPath }, inlineBytesMax);
    expect(await stand.attack()).toBe(403);
    await vi.waitFor(() => expect(stand.events).toHaveLength(1));
    expect(stand.events[0]).toMatchObject({ waf: ENDS, source: { hostname: 'attacker' } });
    // The address has another pod now, and the event of a later request says so.
    stand.write(pod('successor', ATTACKER), pod('web', '127.0.0.1'));
    await vi.waitFor(async () => {
      await stand.attack();
      expect(stand.events.at(-1)).toMatchObject({ waf: { source: { uid: 'uid-successor' } } });
    });
  });
});
