/** Sign-in by the cluster, and its workloads, against a real API server: who sees what, and as whom what is changed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CONSOLE_LIMITS } from '../../packages/console/src/limits.ts';
import { tokenOf } from '../kubernetes/api-files.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { makePod, policiesIn } from '../kubernetes/quarantine/support.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';
import { makeService, ours } from '../kubernetes/view-stand.ts';
import {
  bindingOf,
  type ClusterStand,
  signedInBy,
  startApiServer,
  startClusterStand,
  user,
} from './cluster-stand.ts';
import { seededEvents } from './seed.ts';
import { type Answered, admin, PASSWORD, store, Visitor } from './stand.ts';

interface ServiceAnswer {
  readonly metadata: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion: string;
    readonly managedFields: readonly { readonly manager: string }[];
  };
}

interface Change {
  readonly kind: string;
  readonly [field: string]: unknown;
}

const POLL = { timeout: 30_000, interval: 100 };
const PEOPLE = ['jane', 'vera', 'boss', 'nobody', 'weak'];

suiteWithApiServer('workloads in the console', () => {
  let server: ApiServer;
  let stand: ClusterStand;
  let shop: string;
  let bank: string;

  beforeAll(async () => {
    server = await startApiServer({ users: PEOPLE.map((name) => ({ name })) });
    shop = await server.namespace();
    bank = await server.namespace();
    await makeService(server, shop, 'web', { pods: { 'web-1': 'node-a', 'web-2': 'node-b' } });
    await makeService(server, bank, 'vault', {
      annotations: { 'sluice.dev/inspect': 'true' },
      pods: { 'vault-1': 'node-a' },
    });
    await server.apply([
      bindingOf('sluice-console-operator', user('jane'), shop),
      bindingOf('sluice-quarantine', user('jane'), shop),
      bindingOf('sluice-quarantine-settings', user('jane')),
      bindingOf('sluice-console-viewer', user('vera'), shop),
      bindingOf('sluice-console-viewer', user('boss')),
      bindingOf('sluice-console-operator', user('boss')),
      bindingOf('sluice-console-admin', user('boss')),
    ]);
    await server.apply([
      ours('Sluice', 'sluice', { defaults: { addresses: { deny: ['203.0.113.0/24'] } } }),
      bindingOf('sluice-view-cluster', user('boss')),
    ]);
    // Sees and may act as the console has it, but not what the API server asks of a change.
    await server.apply([
      {
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'weak' } },
        rules: [
          { apiGroups: ['sluice.dev'], resources: ['events'], verbs: ['get', 'update'] },
          { apiGroups: [''], resources: ['services', 'pods'], verbs: ['get', 'list'] },
        ],
      },
      bindingOf('weak', user('weak'), shop),
      bindingOf('sluice-quarantine-settings', user('weak')),
    ]);
    stand = await startClusterStand(server);
    const records = seededEvents({ events: 200, until: Date.now() - 1_000, payloads: ['1 or 1=1'] });
    await store(stand.store, namedAfter(records, { shop, bank }));
  });
  afterAll(async () => {
    await stand?.close();
    await server?.stop();
  });

  const as = (name: string): Promise<Visitor> => signedInBy(stand, tokenOf(name));
  const service = (name: string, namespace = shop): Promise<ServiceAnswer> =>
    server.get(`/api/v1/namespaces/${namespace}/services/${name}`);
  const draft = (who: Visitor, change: Change): Promise<Answered> =>
    who.ask('POST', '/api/workloads/draft', change);
  const apply = (who: Visitor, change: Change, version: unknown): Promise<Answered> =>
    who.ask('POST', '/api/workloads/apply', { change, version });
  const audit = (): readonly Record<string, string>[] =>
    readFileSync(join(stand.directory, 'console-audit.ndjson'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  describe('sign-in by a token', () => {
    it('lets in whom the cluster knows, with what it lets them do', async () => {
      const seen = await Promise.all(
        ['jane', 'vera', 'boss'].map(async (name) => (await as(name)).ask('GET', '/api/session')),
      );
      expect(seen.map(({ body }) => body.user)).toEqual([
        { name: 'cluster:jane', role: 'operator', namespaces: [shop], source: 'cluster' },
        { name: 'cluster:vera', role: 'viewer', namespaces: [shop], source: 'cluster' },
        { name: 'cluster:boss', role: 'admin', namespaces: null, source: 'cluster' },
      ]);
    });
    it('lets in nobody else, and keeps no token', async () => {
      const wrong = new Visitor(stand.url);
      const made = await wrong.ask('POST', '/api/session/token', { token: 'made-up' });
      expect([made.status, wrong.codeOf(made)]).toEqual([401, 'CONSOLE_CLUSTER_TOKEN']);
      const nobody = await wrong.ask('POST', '/api/session/token', { token: tokenOf('nobody') });
      expect([nobody.status, wrong.codeOf(nobody)]).toEqual([403, 'CONSOLE_NO_ROLE']);
      expect(stand.log() + JSON.stringify(audit())).not.toMatch(/token-of-|made-up/);
    });
    it('looks at its audience', async () => {
      const ask = async (audiences: readonly string[]): Promise<string> => {
        const path = `/api/v1/namespaces/${shop}/serviceaccounts/robot/token`;
        const spec = audiences.length === 0 ? {} : { audiences };
        const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
        return (await server.request<{ status: { token: string } }>('POST', path, body)).status.token;
      };
      await server.serviceAccount(shop, 'robot');
      await server.apply([
        bindingOf('sluice-console-viewer', user(`system:serviceaccount:${shop}:robot`), shop),
      ]);
      const [own, foreign] = await Promise.all([ask([]), ask(['sluice-console'])]);
      expect(
        (await new Visitor(stand.url).ask('POST', '/api/session/token', { token: foreign })).status,
      ).toBe(401);
      expect((await new Visitor(stand.url).ask('POST', '/api/session/token', { token: own })).status).toBe(
        200,
      );
      const strict = await startClusterStand(server, { audiences: ['sluice-console'] });
      try {
        const enter = (token: string): Promise<Answered> =>
          new Visitor(strict.url).ask('POST', '/api/session/token', { token });
        expect([(await enter(own)).status, (await enter(foreign)).status]).toEqual([401, 200]);
      } finally {
        await strict.close();
      }
    });
  });

  describe('what is seen', () => {
    it('is Services with their pods, selected or not, of one namespace', async () => {
      const { body } = await (await as('vera')).ask('GET', '/api/workloads');
      expect(body).toMatchObject({ namespaces: [shop], more: 0, nodes: [], unseen: [] });
      expect(body.workloads).toMatchObject([
        {
          ...{ namespace: shop, name: 'web', selected: false, verdict: 'NotSelected', inspect: null },
          pods: [{ name: 'web-1', quarantine: null }, { name: 'web-2' }],
        },
      ]);
      expect(JSON.stringify(body)).not.toContain('vault');
    });
    it('is all of them for who sees all, what is not enforced first', async () => {
      const { body } = await (await as('boss')).ask('GET', '/api/workloads');
      const found = body.workloads as readonly { readonly name: string; readonly selected: boolean }[];
      expect(found.map(({ name, selected }) => [name, selected])).toEqual([
        ['vault', true],
        ['kubernetes', false],
        ['web', false],
      ]);
    });
    it('has, of one, each step to enforcement', async () => {
      const boss = await as('boss');
      const { body } = await boss.ask('GET', `/api/workloads/${bank}/vault`);
      expect(body.steps).toMatchObject([{ step: 'selected', state: 'yes' }, { step: 'policy' }, {}, {}, {}]);
      expect(body.acts).toBe(true);
    });
    it('has settings of the cluster for who may see those alone', async () => {
      const settings = async (who: string): Promise<string> => {
        const { body } = await (await as(who)).ask('GET', `/api/workloads/${shop}/seen`);
        return JSON.stringify(body.settings);
      };
      await makeService(server, shop, 'seen', { annotations: { 'sluice.dev/inspect': 'true' } });
      await expect.poll(() => settings('boss'), POLL).toContain('203.0.113.0/24');
      expect(await settings('vera')).toContain('thresholds.inbound');
      expect(await settings('vera')).not.toContain('203.0.113.0/24');
    });
    it('is nothing of another namespace, not even that it is there', async () => {
      const vera = await as('vera');
      const there = await vera.ask('GET', `/api/workloads/${bank}/vault`);
      const gone = await vera.ask('GET', `/api/workloads/${bank}/none`);
      expect([there.status, vera.codeOf(there), vera.codeOf(gone)]).toEqual([
        ...[404, 'CONSOLE_WORKLOAD', 'CONSOLE_WORKLOAD'],
      ]);
      const jane = await as('jane');
      const change = { kind: 'inspect', service: `${bank}/vault`, inspect: false };
      const answers = [await draft(jane, change), await apply(jane, change, '1')];
      expect(answers.map((answer) => jane.codeOf(answer))).toEqual(['CONSOLE_WORKLOAD', 'CONSOLE_WORKLOAD']);
    });
  });

  describe('a change', () => {
    const select = (value: boolean | null): Change => ({
      kind: 'inspect',
      service: `${shop}/web`,
      inspect: value,
    });

    it('is shown first, then made as who asks for it, with a line in the audit before', async () => {
      const jane = await as('jane');
      const { body } = await draft(jane, select(true));
      expect(body).toMatchObject({ target: `Service ${shop}/web`, managedBy: [], refused: '' });
      expect(body.diff).toContain('+    sluice.dev/inspect: "true"');
      expect((await service('web')).metadata.annotations).toBeUndefined();
      const done = await apply(jane, select(true), body.version);
      expect([done.status, done.body.done]).toEqual([200, [`Service ${shop}/web is changed.`]]);
      const { metadata } = await service('web');
      expect(metadata.annotations).toEqual({ 'sluice.dev/inspect': 'true' });
      expect(metadata.managedFields.map(({ manager }) => manager)).toContain('sluice-console');
      expect(audit().at(-1)).toMatchObject({
        user: 'cluster:jane',
        action: 'workload.inspect',
        outcome: 'done',
      });
    });
    it('is not made over one that came between', async () => {
      const jane = await as('jane');
      const { body } = await draft(jane, select(false));
      await server.request('PATCH', `/api/v1/namespaces/${shop}/services/web`, {
        metadata: { labels: { a: 'b' } },
      });
      const stale = await apply(jane, select(false), body.version);
      expect([stale.status, jane.codeOf(stale)]).toEqual([409, 'CHANGE_STALE']);
      expect((await service('web')).metadata.annotations).toEqual({ 'sluice.dev/inspect': 'true' });
      expect(audit().at(-1)).toMatchObject({ action: 'workload.inspect', outcome: 'refused' });
    });
    it('takes the right in the console, and that of the API server', async () => {
      const { metadata } = await service('web');
      const vera = await as('vera');
      const seen = await draft(vera, select(false));
      const made = await apply(vera, select(false), metadata.resourceVersion);
      expect([seen.status, vera.codeOf(seen), made.status]).toEqual([403, 'CONSOLE_FORBIDDEN', 403]);
      const weak = await as('weak');
      expect((await draft(weak, select(false))).body.refused).toMatch(
        /does not let weak change .*cannot patch/,
      );
      const refused = await apply(weak, select(false), metadata.resourceVersion);
      expect([refused.status, weak.codeOf(refused)]).toEqual([403, 'CHANGE_FORBIDDEN']);
      expect((await service('web')).metadata.resourceVersion).toBe(metadata.resourceVersion);
    });
    it('takes the token of the page', async () => {
      const jane = await as('jane');
      jane.csrf = 'x'.repeat(43);
      const forged = await apply(jane, select(false), '1');
      expect([forged.status, jane.codeOf(forged)]).toEqual([403, 'CONSOLE_CROSS_SITE']);
    });
    it.each([
      [
        'Argo CD',
        { annotations: { 'argocd.argoproj.io/tracking-id': 'till:/Service:NAMESPACE/NAME' } },
        'Argo CD application till',
      ],
      [
        'Flux',
        {
          labels: {
            'kustomize.toolkit.fluxcd.io/name': 'apps',
            'kustomize.toolkit.fluxcd.io/namespace': 'flux',
          },
        },
        'Flux Kustomization flux/apps',
      ],
    ])('is not made over what %s manages', async (by, marks, named) => {
      const name = `of-${by.slice(0, 4).toLowerCase()}`;
      await makeService(server, shop, name);
      const metadata = JSON.parse(JSON.stringify(marks).replace('NAMESPACE', shop).replace('NAME', name));
      await server.request('PATCH', `/api/v1/namespaces/${shop}/services/${name}`, { metadata });
      const jane = await as('jane');
      const change = { kind: 'inspect', service: `${shop}/${name}`, inspect: true };
      await expect.poll(async () => (await draft(jane, change)).status).toBe(200);
      const { body } = await draft(jane, change);
      expect([body.managedBy, body.yaml]).toEqual([
        [named],
        expect.stringContaining('sluice.dev/inspect: "true"'),
      ]);
      const refused = await apply(jane, change, body.version);
      expect([refused.status, jane.codeOf(refused)]).toEqual([409, 'CHANGE_MANAGED']);
      expect((await service(name)).metadata.annotations?.['sluice.dev/inspect']).toBeUndefined();
    });
    it('of a mode shows what Block refuses of the last day, and makes a policy where there is none', async () => {
      const jane = await as('jane');
      const change = { kind: 'mode', service: `${shop}/web`, mode: 'Block' };
      const { body } = await draft(jane, change);
      const { requests, groups } = Object(body.wouldBlock);
      expect(requests).toBeGreaterThan(50);
      expect(groups[0]).toMatchObject({ target: 'ARGS:q' });
      expect(body.yaml).toContain('mode: Block');
      expect((await apply(jane, change, body.version)).status).toBe(200);
      const policy = await server.get<{ spec: unknown }>(
        `/apis/sluice.dev/v1alpha1/namespaces/${shop}/wafpolicies/web`,
      );
      expect(policy.spec).toEqual({
        targetRefs: [{ group: '', kind: 'Service', name: 'web' }],
        mode: 'Block',
      });
      await expect
        .poll(async () => (await jane.ask('GET', `/api/workloads/${shop}/web`)).body.workload)
        .toMatchObject({ policy: `${shop}/web`, mode: 'Block', selected: true });
      const back = await draft(jane, { ...change, mode: 'Detect' });
      expect(back.body.diff).toContain('-  mode: Block\n+  mode: Detect');
    });
    it('of a mode reads events within the bound that all judgements of events share', async () => {
      const jane = await as('jane');
      const change = { kind: 'mode', service: `${shop}/web`, mode: 'Block' };
      const gate = Promise.withResolvers<void>();
      const search = stand.store.search.bind(stand.store);
      const held = vi.spyOn(stand.store, 'search').mockImplementation(async (request) => {
        await gate.promise;
        return search(request);
      });
      try {
        const drafts = Array.from({ length: CONSOLE_LIMITS.analysesMax }, () => draft(jane, change));
        await expect.poll(() => held.mock.calls.length, POLL).toBe(CONSOLE_LIMITS.analysesMax);
        const more = [draft(jane, change), jane.ask('POST', '/api/promote', { workload: 'web' })];
        const refused = await Promise.all(more);
        expect(refused.map((answer) => [answer.status, jane.codeOf(answer)])).toEqual([
          [503, 'HUB_BUSY'],
          [503, 'HUB_BUSY'],
        ]);
        gate.resolve();
        expect((await Promise.all(drafts)).map(({ status }) => status)).toEqual(drafts.map(() => 200));
      } finally {
        gate.resolve();
        held.mockRestore();
      }
    });
    it('of a pod is its quarantine, and its end', async () => {
      const jane = await as('jane');
      await makePod(server, shop, 'tills-2', { of: 'tills' });
      const uid = await makePod(server, shop, 'tills-1', { of: 'tills' });
      const pod = `${shop}/tills-1`;
      const put = { kind: 'quarantine', pod, uid, reason: 'it scans its neighbours', seconds: 600 };
      const { body } = await draft(jane, put);
      expect([body.refused, body.yaml]).toEqual(['', expect.stringContaining('kind: NetworkPolicy')]);
      expect(await policiesIn(server, shop)).toEqual({});
      expect((await apply(jane, put, '')).body.done).toEqual([`Pod ${pod}: quarantined.`]);
      const held = await server.get<ServiceAnswer>(`/api/v1/namespaces/${shop}/pods/tills-1`);
      expect(held.metadata.annotations?.['sluice.dev/quarantine-by']).toBe('jane');
      expect(Object.keys(await policiesIn(server, shop))).toEqual(['sluice-quarantine']);
      const release = { kind: 'release', pod, uid };
      expect((await draft(jane, release)).body.refused).toBe('');
      expect((await apply(jane, release, '')).body.done).toEqual([`Pod ${pod}: released.`]);
      expect(await policiesIn(server, shop)).toEqual({});
      const weak = await as('weak');
      expect((await draft(weak, put)).body.refused).toContain('QUARANTINE_RIGHTS_MISSING');
    });
    it('of a local user is shown and not made', async () => {
      const root = await admin(stand);
      await root.ask('PUT', '/api/users/omar', { role: 'operator', namespaces: [shop], password: PASSWORD });
      const omar = new Visitor(stand.url);
      await omar.signIn('omar');
      const { body } = await draft(omar, select(false));
      expect([body.diff, body.refused]).toEqual([
        expect.stringContaining('-    sluice.dev/inspect: "true"'),
        expect.stringContaining('CONSOLE_NO_PERSON'),
      ]);
      const made = await apply(omar, select(false), body.version);
      expect([made.status, omar.codeOf(made)]).toEqual([403, 'CONSOLE_NO_PERSON']);
      expect((await omar.ask('GET', '/api/workloads')).body.namespaces).toEqual([shop]);
    });
  });

  // Those below move the clock: they come last.
  it('end for whom the cluster lets in no more', async () => {
    const guest = user('late');
    const token = await server.serviceAccount(shop, 'late');
    const name = `system:serviceaccount:${shop}:late`;
    const binding = bindingOf('sluice-console-viewer', { ...guest, name }, shop);
    await server.apply([binding]);
    const late = await signedInBy(stand, token);
    expect((await late.ask('GET', '/v1/stats')).status).toBe(200);
    await server.remove(binding);
    // Of another the right stays, and the token is worth nothing any more.
    const account = `/api/v1/namespaces/${shop}/serviceaccounts/brief`;
    const brief = await server.serviceAccount(shop, 'brief');
    const named = user(`system:serviceaccount:${shop}:brief`);
    await server.apply([bindingOf('sluice-console-viewer', named, shop)]);
    const gone = await signedInBy(stand, brief);
    await server.request('DELETE', account);
    const now = performance.now();
    // What the authorizers have said holds for a while.
    expect((await late.ask('GET', '/v1/stats')).status).toBe(200);
    vi.spyOn(performance, 'now').mockImplementation(() => now + CONSOLE_LIMITS.grantMillis + 1_000);
    try {
      expect((await late.ask('GET', '/v1/stats')).status).toBe(401);
      // The API server itself remembers a token for some seconds.
      const wait = { timeout: 30_000, interval: 500 };
      let later = now + CONSOLE_LIMITS.grantMillis;
      const asked = async (): Promise<number> => {
        later += CONSOLE_LIMITS.grantMillis + 1_000;
        vi.mocked(performance.now).mockImplementation(() => later);
        return (await gone.ask('GET', '/v1/stats')).status;
      };
      await expect.poll(asked, wait).toBe(401);
    } finally {
      vi.restoreAllMocks();
    }
  });

  it('are nobody’s where the cluster does not answer', async () => {
    const jane = await as('jane');
    const now = performance.now();
    await server.kill();
    vi.spyOn(performance, 'now').mockImplementation(() => now + CONSOLE_LIMITS.grantMillis + 1_000);
    try {
      const answer = await jane.ask('GET', '/v1/stats');
      expect([answer.status, jane.codeOf(answer)]).toEqual([503, 'CONSOLE_CLUSTER']);
    } finally {
      vi.restoreAllMocks();
      await server.restart();
    }
  });
});

/** Seeded events of two namespaces, under their names of this cluster, to its Services. */
function* namedAfter(
  records: ReturnType<typeof seededEvents>,
  names: { readonly shop: string; readonly bank: string },
): ReturnType<typeof seededEvents> {
  for (const record of records) {
    const text = JSON.stringify(record.document);
    const to = text.includes('"namespace":"shop"') ? names.shop : names.bank;
    const named = text
      .replace(/"namespace":"(shop|bank)"/, `"namespace":"${to}"`)
      .replace(/"service":"(shop|bank)"/, '"service":"web"');
    yield { ...record, document: JSON.parse(named) };
  }
}
