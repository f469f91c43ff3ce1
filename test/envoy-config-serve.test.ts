/** `sluice envoy config -c` and `sluice serve -c` read the same file: what a policy says holds in both. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Json } from '@sluice/envoy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { runEnvoyConfig } from '../packages/cli/src/envoy-config/command.ts';
import { call, lines, statusesIn } from './envoy-client.ts';
import { SluiceProcess } from './envoy-stack.ts';
import { upload } from './ext-proc-upload.ts';
import { type StreamWorkload, startStreamWorkload } from './ext-proc-workload.ts';

const HELD = 262_144;
/** Tests share their machine: no verdict may be late. */
const DEADLINE_MILLIS = 20_000;

describe('one sluice.yaml', () => {
  const directory = new TemporaryDirectory('sluice-one-file-');
  let workload: StreamWorkload;
  let sluice: SluiceProcess;
  let envoy: EnvoyProcess;

  beforeAll(async () => {
    const path = directory.join('sluice.yaml');
    const socket = directory.join('sluice.sock');
    const policy = {
      mode: 'Block',
      profile: 'window',
      responses: { inspect: true },
      upgrades: 'Deny',
      body: { filesBytesMax: 1_073_741_824 },
    };
    const limits = { verdictMillisMax: DEADLINE_MILLIS, callMillisMax: DEADLINE_MILLIS };
    const settings = { listen: [`unix:${socket}`], admin: false, limits, policies: { shop: policy } };
    writeFileSync(path, JSON.stringify(settings));
    sluice = new SluiceProcess(path, socket, true);
    workload = await startStreamWorkload();
    await sluice.ready();
    let text = '';
    runEnvoyConfig(
      {
        for: 'proxy',
        config: path,
        policy: 'shop',
        dataPath: 'ext_proc',
        listen: '127.0.0.1:0',
        admin: '127.0.0.1:0',
        upstream: `${workload.host}:${workload.port}`,
        context: 'GATEWAY',
        maxRequestBytes: String(HELD),
        verdictMillis: String(DEADLINE_MILLIS),
        json: true,
      },
      { stdout: { write: (piece) => (text += piece) } },
    );
    const bootstrap: Json = JSON.parse(text);
    envoy = await startEnvoy({ bootstrap });
  });
  afterAll(async () => {
    await envoy?.stop();
    await sluice?.kill('SIGKILL');
    await workload?.close();
    directory.remove();
  });

  const port = (): number => envoy.listener('workload').port;

  it('says the profile: more than Envoy holds goes on in windows', async () => {
    expect(statusesIn(await upload(port(), { fileBytes: 8 * HELD, field: 'hose' }))).toEqual([200]);
  });

  it('says that responses are inspected', async () => {
    expect((await call(port(), { path: '/leak' })).status).toBe(403);
  });

  it('says that upgrades are denied', async () => {
    const before = workload.arrivals.length;
    const head = ['GET /chat HTTP/1.1', 'Host: shop.example', 'User-Agent: Mozilla/5.0', 'Accept: */*'];
    const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    const socket = connect({ host: '127.0.0.1', port: port() });
    socket.write(lines(...head, ...upgrade, key, ''));
    const [answer]: Buffer[] = await once(socket, 'data');
    socket.destroy();
    // Envoy's own 403 comes to Sluice as a response without a request, which it does not take.
    expect(statusesIn(answer?.toString() ?? '')).toEqual([503]);
    expect(workload.arrivals).toHaveLength(before);
  });
});
