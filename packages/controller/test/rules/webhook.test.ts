/** The server's answers to what is no review, and what it says of reviews, without an API server. */
import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NO_GATEWAY_OBJECTS } from '../../src/gateway-api.ts';
import { bundleIn, dataOf, makeBundle, renewed } from '../../src/webhook/certificates/bundle.ts';
import { Decider } from '../../src/webhook/decide.ts';
import { WorldPlaces } from '../../src/webhook/places.ts';
import { WebhookServer } from '../../src/webhook/server.ts';
import type { World } from '../../src/world.ts';

const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };
const DAY_MILLIS = 86_400_000;

const meta = (name: string, namespace?: string, creationTimestamp = '') => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid: name,
  generation: 1,
  creationTimestamp,
  resourceVersion: '1',
  labels: {},
  annotations: {},
});

const WORLD: World = {
  sluice: { metadata: meta('sluice'), spec: { defaults: { paranoia: 2 } } },
  namespaces: new Map([['shop', { name: 'shop', labels: { team: 'a' } }]]),
  services: new Map(),
  endpointSlices: new Map(),
  pods: new Map(),
  clusterPolicies: new Map([
    [
      'young',
      { metadata: meta('young', undefined, '2026-02-01T00:00:00Z'), spec: { allow: { exclusions: ['*'] } } },
    ],
    [
      'old',
      {
        metadata: meta('old', undefined, '2026-01-01T00:00:00Z'),
        spec: {
          namespaceSelector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a'] }] },
          allow: { exclusions: [942_100] },
          ruleSets: ['house'],
        },
      },
    ],
  ]),
  policies: new Map([
    ['shop/web', { metadata: meta('web', 'shop'), spec: { mode: 'Block', ruleSets: ['own'] } }],
  ]),
  ruleSets: new Map([
    ['sluice-system/house', { metadata: meta('house', 'sluice-system'), spec: { before: '#' } }],
  ]),
  alerts: new Map(),
  calico: null,
  invalid: new Map(),
  gateway: NO_GATEWAY_OBJECTS,
  secrets: new Map(),
  nodes: new Map(),
};

const places = new WorldPlaces(() => WORLD, 'sluice-system');
const judge = { judge: () => Promise.resolve(new Map()) };
const decider = new Decider({ judge, places, world: () => WORLD });
const server = new WebhookServer({ host: '127.0.0.1', port: 0, decider, log: QUIET });
let port = 0;
let ca = '';

beforeAll(async () => {
  const bundle = await makeBundle(['127.0.0.1'], Date.now());
  ca = bundle.trusted;
  port = await server.listen();
  server.use(bundle.serving);
});

afterAll(() => server.close());

async function ask(
  body: string,
  headers: Readonly<Record<string, string>> = {},
  path = '/validate',
  method = 'POST',
) {
  const given = { 'content-type': 'application/json', ...headers };
  const sent = request({ host: '127.0.0.1', port, path, method, headers: given, ca, agent: false });
  sent.on('error', () => undefined);
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, body: await text(response) };
}

const review = (kind: string, spec: unknown, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'u',
      kind: { group: 'sluice.dev', version: 'v1alpha1', kind },
      operation: 'CREATE',
      namespace: 'shop',
      name: 'x',
      object: { metadata: { name: 'x', namespace: 'shop' }, spec },
      ...more,
    },
  });

it.each([
  ['no JSON', 400, () => ask('{')],
  ['no review', 400, () => ask('{"kind":"AdmissionReview"}')],
  [
    'another version',
    400,
    () => ask(review('RuleSet', {}).replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1')),
  ],
  ['another type', 415, () => ask('{}', { 'content-type': 'text/plain' })],
  ['too long', 413, () => ask(' '.repeat(5_000_000))],
  ['another method', 405, () => ask('', {}, '/validate', 'PUT')],
  ['another path', 404, () => ask('{}', {}, '/')],
])('answers what it cannot read: %s', async (_, status, asking) => {
  expect((await asking()).status).toBe(status);
});

const answerTo = async (body: string) => JSON.parse((await ask(body)).body).response;

it('names the fields that are wrong', async () => {
  const answer = await answerTo(review('WAFPolicy', { mode: 'Blok', paranoia: 7 }));
  expect(answer).toMatchObject({ uid: 'u', allowed: false, status: { code: 422, reason: 'Invalid' } });
  const fields = answer.status.details.causes.map(({ field }: { field: string }) => field);
  expect(fields).toEqual(expect.arrayContaining(['spec.mode', 'spec.paranoia']));
});

it('points at the column of a query', async () => {
  const spec = { description: 'x', severity: 1, dataSet: 'waf', query: '"rule.id" = ' };
  const answer = await answerTo(review('Alert', spec));
  expect(answer.allowed).toBe(false);
  expect(answer.status.message).toMatch(/spec\.query: .*\n.*\^/s);
});

it('warns of targets and RuleSets that are not there, and of Block from the start', async () => {
  const spec = {
    mode: 'Block',
    targetRefs: [{ group: '', kind: 'Service', name: 'web' }],
    ruleSets: ['none'],
  };
  const { allowed, warnings } = await answerTo(review('WAFPolicy', spec));
  expect(allowed).toBe(true);
  expect(warnings).toEqual([
    expect.stringContaining('no Service web'),
    expect.stringContaining('no RuleSet none'),
    expect.stringContaining('Block from the start'),
  ]);
});

it.each([
  ['deletion', { operation: 'DELETE', object: null }],
  ['status', { operation: 'UPDATE', subResource: 'status' }],
  [
    'what is on its way out',
    { object: { metadata: { name: 'x', deletionTimestamp: 'now' }, spec: { mode: 1 } } },
  ],
  ['labels', { operation: 'UPDATE', oldObject: { metadata: { name: 'x' }, spec: { mode: 1 } } }],
])('does not look at %s', async (_, more) => {
  expect(await answerTo(review('WAFPolicy', { mode: 1 }, more))).toEqual({ uid: 'u', allowed: true });
});

it('judges a RuleSet beside the cluster’s, by the oldest ClusterWAFPolicy that matches', () => {
  const [place, ...others] = places.ofRuleSet({ namespace: 'shop', name: 'own', spec: { after: '#' } });
  expect(others).toEqual([]);
  expect(place).toEqual({
    name: 'shop/web',
    settings: { mode: 'Block', paranoia: 2 },
    candidates: [
      { key: 'sluice-system/house', spec: { before: '#' }, rights: { kind: 'cluster' } },
      {
        key: 'shop/own',
        spec: { after: '#' },
        rights: { kind: 'namespace', namespace: 'shop', allow: { exclusions: [942_100] } },
      },
    ],
  });
  const [elsewhere] = places.ofRuleSet({ namespace: 'other', name: 'own', spec: {} });
  expect(elsewhere?.candidates[0]?.rights).toMatchObject({ allow: { exclusions: ['*'] } });
  const [house] = places.ofRuleSet({ namespace: 'sluice-system', name: 'house', spec: { after: '#' } });
  expect(house).toMatchObject({ name: 'cluster.old', candidates: [{ rights: { kind: 'cluster' } }] });
});

it('takes certificates one step on at a time, and keeps what is trusted', async () => {
  const names = ['hook.sluice-system.svc'];
  const start = Date.now();
  const first = await makeBundle(names, start);
  expect(await renewed(first, names, start + 59 * DAY_MILLIS)).toBe(first);
  const second = await renewed(first, names, start + 61 * DAY_MILLIS);
  expect(second.trusted).toBe(first.trusted);
  expect(second.serving).not.toEqual(first.serving);
  const third = await renewed(second, names, start + 250 * DAY_MILLIS);
  expect(third.trusted.endsWith(first.trusted)).toBe(true);
  expect(third.trusted).not.toBe(first.trusted);
  expect(third.serving).toBe(second.serving);
  const other = await renewed(second, ['renamed.sluice-system.svc'], start + 62 * DAY_MILLIS);
  expect(other.serving).not.toEqual(second.serving);
});

it('takes a Secret that is damaged for none', async () => {
  const bundle = await makeBundle(['127.0.0.1'], Date.now());
  const data = dataOf(bundle);
  expect(bundleIn(data)).toEqual(bundle);
  const other = dataOf(await makeBundle(['127.0.0.1'], Date.now()));
  const garbage = Buffer.from('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----').toString(
    'base64',
  );
  for (const key of Object.keys(data)) {
    expect(bundleIn({ ...data, [key]: undefined })).toBeNull();
    expect(bundleIn({ ...data, [key]: garbage })).toBeNull();
    // A key of another's: both may be good, and they do not belong together.
    expect(bundleIn({ ...data, [key]: other[key] })).toBeNull();
  }
});
