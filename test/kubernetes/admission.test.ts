/** Our kinds as the API server takes them with the webhook behind it: real server, real certificates, the CRS as base. */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_GATEWAY_OBJECTS } from '../../packages/controller/src/gateway-api.ts';
import { RuleSetJudge } from '../../packages/controller/src/rules/judge/judge.ts';
import { bundleIn } from '../../packages/controller/src/webhook/certificates/bundle.ts';
import { CertificateKeeper, SECRET_NAME } from '../../packages/controller/src/webhook/certificates/keeper.ts';
import { Decider } from '../../packages/controller/src/webhook/decide.ts';
import { WorldPlaces } from '../../packages/controller/src/webhook/places.ts';
import { WebhookServer } from '../../packages/controller/src/webhook/server.ts';
import type { World } from '../../packages/controller/src/world.ts';
import { BASE } from '../tenant-rules/bench.ts';
import { tokenOf } from './api-files.ts';
import type { Manifest } from './api-requests.ts';
import { ADMIN, ApiServer } from './api-server.ts';
import { PlainApi } from './plain-api.ts';
import { suiteWithApiServer } from './suite.ts';

const WORLD: World = {
  sluice: null,
  namespaces: new Map(),
  services: new Map(),
  endpointSlices: new Map(),
  pods: new Map(),
  clusterPolicies: new Map(),
  policies: new Map(),
  ruleSets: new Map(),
  alerts: new Map(),
  gateway: NO_GATEWAY_OBJECTS,
  secrets: new Map(),
  nodes: new Map(),
  invalid: new Map(),
  calico: null,
} as unknown as World;

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DAY_MILLIS = 86_400_000;
const SYSTEM = 'sluice-system';

interface RunOptions {
  readonly port?: number;
  readonly time?: number;
  readonly decide?: Pick<Decider, 'decide'>;
  readonly decisionMillisMax?: number;
}

interface Running {
  readonly server: WebhookServer;
  readonly port: number;
  readonly keeper: CertificateKeeper;
  /** What the clock says. */
  time: number;
}

suiteWithApiServer('admission', () => {
  let api: ApiServer;
  let plain: PlainApi;
  let judge: RuleSetJudge;
  let namespace: string;
  let running: Running;
  let made = 0;

  async function run({
    port = 0,
    time = Date.now(),
    decide,
    decisionMillisMax = 8_000,
  }: RunOptions = {}): Promise<Running> {
    const places = new WorldPlaces(() => WORLD, SYSTEM);
    const decider = decide ?? new Decider({ judge, places, world: () => WORLD });
    const server = new WebhookServer({
      host: '127.0.0.1',
      port,
      decider,
      log: QUIET,
      decisionMillisMax,
    });
    const listening = await server.listen();
    const state = { time };
    const keeper = new CertificateKeeper({
      api: plain,
      namespace: SYSTEM,
      address: { url: `https://127.0.0.1:${listening}` },
      log: QUIET,
      onServing: (serving) => server.use(serving),
      now: () => state.time,
    });
    await keeper.turn();
    return Object.assign(state, { server, port: listening, keeper });
  }

  beforeAll(async () => {
    api = await ApiServer.start();
    await api.applyDefinitions();
    await api.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: SYSTEM },
    });
    namespace = await api.namespace();
    plain = new PlainApi(api.url, tokenOf(ADMIN), api.authority);
    judge = new RuleSetJudge(BASE);
    await judge.start();
    // An authority so old that it is due today, and a certificate of it that is good today.
    running = await run({ time: Date.now() - 260 * DAY_MILLIS });
    running.time = Date.now() - 59 * DAY_MILLIS;
    await running.keeper.turn();
  });

  afterAll(async () => {
    judge?.end();
    await running?.server.close();
    plain?.close();
    await api?.stop();
  });

  const object = (kind: string, spec: unknown, name = `own-${++made}`): Manifest => ({
    apiVersion: 'sluice.dev/v1alpha1',
    kind,
    metadata: { name, namespace },
    spec,
  });

  const bad = () => object('RuleSet', { before: '# one\nSecRule ARGS "@rx (" "id:1,phase:2,deny"\n' });
  const good = () => object('RuleSet', { before: 'SecRule ARGS "@streq x" "id:1,phase:2,deny"' });

  /** Once the API server knows of a configuration: it takes a moment. */
  async function refusing(manifest: () => Manifest): Promise<string> {
    for (;;) {
      try {
        await api.apply([manifest()]);
      } catch (error) {
        if (error instanceof Error)
          return JSON.parse(error.message.slice(error.message.indexOf('{'))).message;
        throw error;
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  it('refuses a RuleSet that is none, with line, column and caret', async () => {
    const message = await refusing(bad);
    expect(message).toMatch(/^admission webhook "policies\.sluice\.dev" denied the request: /);
    expect(message).toMatch(
      /\/spec\.before:2:\d+: .* \[PATTERN_SYNTAX\]\n {2}SecRule ARGS "@rx \(" .*\n {2} +\^\n/,
    );
  });

  it('refuses what reaches a protected rule', async () => {
    const message = await refusing(() => object('RuleSet', { after: 'SecRuleRemoveByTag "."' }));
    expect(message).toContain('spec.after:1:1: this removes rules');
  });

  it('accepts a good one, and lets it be deleted', async () => {
    const manifest = good();
    await api.apply([manifest]);
    await api.remove(manifest);
  });

  it('refuses an Alert whose query is wrong, at its column', async () => {
    const spec = { description: 'x', severity: 1, dataSet: 'waf', query: 'rule.id = ' };
    expect(await refusing(() => object('Alert', spec))).toMatch(/spec\.query/);
  });

  it('does not look at status, labels and finalizers', async () => {
    const manifest = good();
    await api.apply([manifest]);
    const { port } = running;
    await running.server.close();
    running = await run({
      port,
      time: running.time,
      decide: { decide: () => Promise.reject(new TypeError('asked')) },
    });
    await api.patchStatus(manifest, { conditions: [] });
    expect(await refusing(good)).toContain('asked');
    await running.server.close();
    running = await run({ port, time: running.time });
    await api.request('PATCH', await api.pathOf(manifest), { metadata: { labels: { a: 'b' } } });
  });

  const held = async () => {
    const secret = await api.get<{ data: unknown }>(`/api/v1/namespaces/${SYSTEM}/secrets/${SECRET_NAME}`);
    const bundle = bundleIn(secret.data);
    if (bundle === null) throw new TypeError('the Secret holds certificates');
    return bundle;
  };

  /** Serial number of the certificate that is served to a new connection. */
  const servedSerial = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port: running.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber ?? '');
        socket.destroy();
      });
      socket.once('error', reject);
    });

  it('renews the authority and what it has signed under traffic, and no request is lost', async () => {
    const first = await held();
    let ended = false;
    let asked = 0;
    const traffic = (async () => {
      while (!ended) {
        await api.apply([good()]);
        asked += 1;
      }
    })();
    const more = async (): Promise<void> => {
      const until = asked + 5;
      while (asked < until) await Promise.race([traffic, new Promise((done) => setTimeout(done, 20))]);
    };
    await more();
    running.time = Date.now();
    // Trusted first, and served a turn later.
    await running.keeper.turn();
    const second = await held();
    expect(second.trusted).not.toBe(first.trusted);
    expect(second.trusted).toContain(first.trusted);
    expect(second.serving).toEqual(first.serving);
    await more();
    await running.keeper.turn();
    const third = await held();
    expect(third.serving.certificate).not.toBe(second.serving.certificate);
    expect(await servedSerial()).toBe(new X509Certificate(third.serving.certificate).serialNumber);
    await more();
    ended = true;
    await traffic;
    await running.keeper.turn();
    expect(await held()).toEqual(third);
  });

  it('shares certificates among replicas', async () => {
    const before = await held();
    const other = await run();
    expect(await held()).toEqual(before);
    await other.server.close();
    await running.keeper.turn();
  });

  it('refuses our kinds while nobody answers, and no others', async () => {
    await running.server.close();
    const message = await refusing(good);
    expect(message).toMatch(/failed calling webhook/);
    await api.apply([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other', namespace }, data: { a: 'b' } },
    ]);
    running = await run({ port: running.port });
    await api.apply([good()]);
  });

  it('refuses what it cannot decide in time', async () => {
    await running.server.close();
    const never = new Promise<never>(() => undefined);
    running = await run({ port: running.port, decide: { decide: () => never }, decisionMillisMax: 200 });
    expect(await refusing(good)).toContain('could not be decided within 200 ms');
  });
});
