/** Exclusions in a cluster, against a real API server: which object has them, as whom it is changed, and what is asked before. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SpoolRecord } from '@sluice/spool';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { tokenOf } from '../kubernetes/api-files.ts';
import type { Manifest } from '../kubernetes/api-requests.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';
import { makeService, OURS, ours } from '../kubernetes/view-stand.ts';
import {
  bindingOf,
  type ClusterStand,
  sentTo,
  signedInBy,
  startApiServer,
  startClusterStand,
  user,
} from './cluster-stand.ts';
import { seededEvents } from './seed.ts';
import { type Answered, admin, PASSWORD, store, Visitor } from './stand.ts';

interface Entry {
  readonly rules: readonly number[];
  readonly reason: string;
  readonly owner?: string;
}

interface PolicyObject {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly managedFields: readonly { readonly manager: string }[];
  };
  readonly spec: {
    readonly exclusions?: readonly Entry[];
    readonly defaults?: { exclusions?: readonly Entry[] };
  };
}

const POLL = { timeout: 30_000, interval: 100 };
const WORDS = { owner: 'team-shop', reason: 'people search', expires: null };
const ALLOWED = 942_100;

suiteWithApiServer('exclusions of a cluster', () => {
  let server: ApiServer;
  let stand: ClusterStand;
  let desk: FileDesk;
  let shop: string;
  let bank: string;

  beforeAll(async () => {
    const people = ['jane', 'vera', 'boss', 'weak'];
    server = await startApiServer({ users: people.map((name) => ({ name })) });
    shop = await server.namespace();
    bank = await server.namespace();
    for (const name of ['web', 'other', 'argo', 'till']) await makeService(server, shop, name);
    await makeService(server, bank, 'web');
    const of = (name: string) => ({ targetRefs: [{ group: '', kind: 'Service', name }], mode: 'Detect' });
    await server.apply([
      ours('ClusterWAFPolicy', 'house', { defaults: { mode: 'Detect' }, allow: { exclusions: [ALLOWED] } }),
      ours('WAFPolicy', 'web', of('web'), shop),
      ours('WAFPolicy', 'argo', of('argo'), shop),
      ours('WAFPolicy', 'till', of('till'), shop),
      ours(
        'WAFPolicy',
        'web',
        { ...of('web'), exclusions: [{ rules: [ALLOWED], owner: 'of the bank' }] },
        bank,
      ),
      bindingOf('sluice-console-operator', user('jane'), shop),
      bindingOf('sluice-console-viewer', user('vera'), shop),
      bindingOf('sluice-console-operator', user('boss')),
      bindingOf('sluice-console-cluster-operator', user('boss')),
      {
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'weak' } },
        rules: [
          { apiGroups: ['sluice.dev'], resources: ['events'], verbs: ['get', 'update'] },
          { apiGroups: ['sluice.dev'], resources: ['wafpolicies'], verbs: ['get', 'list'] },
          { apiGroups: [''], resources: ['services', 'pods'], verbs: ['get', 'list'] },
        ],
      },
      bindingOf('weak', user('weak'), shop),
    ]);
    stand = await startClusterStand(server, {
      deskOf: (events) => {
        desk = new FileDesk({ file: null, store: events, log: pino({ level: 'silent' }) });
        return desk;
      },
    });
    await store(stand.store, events());
  });
  afterAll(async () => {
    await desk?.close();
    await stand?.close();
    await server?.stop();
  });

  /** Of two Services with policies of their own, one that inherits, and the other namespace. */
  function* events(): Generator<SpoolRecord> {
    const until = Date.now() - 60_000;
    const seeded = seededEvents({ events: 600, until, payloads: ['hose'] });
    const named = sentTo(seeded, (of, turn) => {
      const service =
        of === 'bank' ? 'web' : ((['web', 'other', 'argo', 'till'] as const)[turn % 5] ?? 'web');
      const namespace = of === 'shop' ? shop : bank;
      return {
        namespace,
        service,
        policy: service === 'other' ? 'cluster.house' : `${namespace}/${service}`,
      };
    });
    let turn = 0;
    for (const record of named) {
      const path = turn % 10 < 5 ? '/items/hose' : '/items/rake';
      turn += 1;
      yield {
        ...record,
        document: JSON.parse(JSON.stringify(record.document).replaceAll('/items/hose', path)),
      };
    }
  }

  const as = (name: string): Promise<Visitor> => signedInBy(stand, tokenOf(name));
  const policy = (name = 'web', namespace = shop): Promise<PolicyObject> =>
    server.get(`${OURS}/namespaces/${namespace}/wafpolicies/${name}`);
  const audit = (): readonly Record<string, string>[] =>
    readFileSync(join(stand.directory, 'console-audit.ndjson'), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));

  async function eventOf(rule: number, of: string, at = 'hose'): Promise<string> {
    const query = { kind: 'all' } as const;
    const { documents } = await stand.store.search({ dataSet: 'waf', query, size: 1_000 });
    const found = documents.find(({ document }) => {
      const text = JSON.stringify(document);
      return [`"id":"${rule}"`, `"policy":"${of}"`, `/items/${at}`].every((each) => text.includes(each));
    });
    return found?.id ?? '';
  }

  const preview = async (who: Visitor, rule = ALLOWED, of = `${shop}/web`, more = {}): Promise<Answered> => {
    const event = await eventOf(rule, of);
    return who.ask('POST', '/api/exclusions/preview', { event, ...WORDS, ...more });
  };
  const save = async (
    who: Visitor,
    version: unknown,
    { rule = ALLOWED, of = `${shop}/web`, ...more } = {} as {
      rule?: number;
      of?: string;
      scope?: string;
      confirm?: string;
      at?: string;
    },
  ): Promise<Answered> => {
    const { at, ...body } = more;
    const event = await eventOf(rule, of, at);
    return who.ask('POST', '/api/exclusions', { event, ...WORDS, ...body, version });
  };
  const versionOf = ({ body }: Answered): unknown => Object(body.draft).version;

  describe('from an event', () => {
    it('is shown as a change of the policy that the event names, and not made', async () => {
      const jane = await as('jane');
      const { status, body } = await preview(jane);
      expect(status).toBe(200);
      expect(body).toMatchObject({ cluster: true, file: null, policy: `${shop}/web`, confirmation: null });
      expect(body.draft).toMatchObject({ target: `WAFPolicy ${shop}/web`, managedBy: [], refused: '' });
      const { diff, yaml } = Object(body.draft);
      expect(diff).toMatch(/\+ {2}exclusions:[\s\S]*\+ +owner: team-shop/);
      expect(yaml).toMatch(/kind: WAFPolicy[\s\S]*ARGS:q/);
      expect(body.secLang).toContain('ruleRemoveTargetById');
      expect((await policy()).spec.exclusions).toBeUndefined();
    });

    it('is judged as on one machine: what else would pass, and a name to be typed', async () => {
      const jane = await as('jane');
      const { body } = await preview(jane, ALLOWED, `${shop}/web`, { scope: 'everywhere' });
      expect(body).toMatchObject({ confirmation: `${shop}/web`, confined: true });
      expect(Object(body.effect).passes).toBeGreaterThan(10);
      const refused = await save(jane, versionOf({ body } as Answered), { scope: 'everywhere' });
      expect([refused.status, jane.codeOf(refused)]).toEqual([409, 'CONSOLE_CONFIRMATION']);
      expect((await policy()).spec.exclusions).toBeUndefined();
    });

    it('is written as who asks for it, with a line in the audit log, and is listed', async () => {
      const jane = await as('jane');
      const done = await save(jane, versionOf(await preview(jane)));
      expect(done.status).toBe(200);
      const { spec, metadata } = await policy();
      expect(spec.exclusions).toEqual([
        { rules: [ALLOWED], targets: ['ARGS:q'], paths: ['/items/hose'], ...owned() },
      ]);
      expect(spec).toMatchObject({ mode: 'Detect', targetRefs: [{ name: 'web' }] });
      expect(metadata.managedFields.map(({ manager }) => manager)).toContain('sluice-console');
      expect(audit().at(-1)).toMatchObject({
        ...{ user: 'cluster:jane', action: 'exclusion.add', outcome: 'done' },
        target: expect.stringContaining(`${shop}/web`),
      });
      const listed = async (): Promise<unknown> => (await jane.ask('GET', '/api/exclusions')).body.exclusions;
      await expect
        .poll(listed, POLL)
        .toMatchObject([{ target: `WAFPolicy ${shop}/web`, owner: 'team-shop', acts: true, expired: false }]);
      // The policy does without it by now.
      await expect.poll(async () => (await preview(jane)).body.leftOut, POLL).toMatch(/would pass/);
    });

    it('is not written over what came between, and keeps what others wrote', async () => {
      const jane = await as('jane');
      const of = { at: 'rake' };
      const event = await eventOf(ALLOWED, `${shop}/web`, 'rake');
      const seen = await jane.ask('POST', '/api/exclusions/preview', { event, ...WORDS });
      const before = (await policy()).spec.exclusions ?? [];
      const theirs = { rules: [ALLOWED], targets: ['ARGS:theirs'], reason: 'of somebody' };
      await server.request('PATCH', `${OURS}/namespaces/${shop}/wafpolicies/web`, {
        spec: { exclusions: [...before, theirs] },
      });
      const stale = await save(jane, versionOf(seen), of);
      expect([stale.status, jane.codeOf(stale)]).toEqual([409, 'CHANGE_STALE']);
      expect((await policy()).spec.exclusions).toEqual([...before, theirs]);
      expect(audit().at(-1)).toMatchObject({ action: 'exclusion.add', outcome: 'refused' });
      const again = await jane.ask('POST', '/api/exclusions/preview', { event, ...WORDS });
      expect((await save(jane, versionOf(again), of)).status).toBe(200);
      expect((await policy()).spec.exclusions).toHaveLength(before.length + 2);
      expect((await policy()).spec.exclusions).toContainEqual(theirs);
    });

    it('is not written where it would not come into force, and says who could allow it', async () => {
      const jane = await as('jane');
      const { body } = await preview(jane, 941_100);
      expect(Object(body.draft).refused).toMatch(
        /not come into force: exclusions: rule 941100: .*allow of ClusterWAFPolicy house/,
      );
      const before = await policy();
      const refused = await save(jane, versionOf({ body } as Answered), { rule: 941_100 });
      expect([refused.status, jane.codeOf(refused)]).toEqual([409, 'CHANGE_NOT_IN_FORCE']);
      expect((await policy()).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
    });

    it('is not written over what Argo CD manages: there is the YAML', async () => {
      const metadata = {
        annotations: { 'argocd.argoproj.io/tracking-id': `till:sluice.dev/WAFPolicy:${shop}/argo` },
      };
      await server.request('PATCH', `${OURS}/namespaces/${shop}/wafpolicies/argo`, { metadata });
      const jane = await as('jane');
      const of = `${shop}/argo`;
      const { body } = await preview(jane, ALLOWED, of);
      expect(body.draft).toMatchObject({
        ...{ managedBy: ['Argo CD application till'], refused: expect.stringContaining('CHANGE_MANAGED') },
        yaml: expect.stringContaining('exclusions:'),
      });
      const refused = await save(jane, versionOf({ body } as Answered), { of });
      expect([refused.status, jane.codeOf(refused)]).toEqual([409, 'CHANGE_MANAGED']);
      expect((await policy('argo')).spec.exclusions).toBeUndefined();
    });

    it('is tried at the API server first, whose admission says where it is wrong', async () => {
      const name = `strict-${shop}`;
      const where = 'spec.exclusions:2:7: not in this namespace';
      const matchConstraints = {
        resourceRules: [
          {
            ...{ apiGroups: ['sluice.dev'], apiVersions: ['*'], operations: ['*'] },
            resources: ['wafpolicies'],
          },
        ],
      };
      const admission = 'admissionregistration.k8s.io/v1';
      const validations = [{ expression: `!has(object.spec.exclusions)`, message: where }];
      const policies = [
        {
          ...{ apiVersion: admission, kind: 'ValidatingAdmissionPolicy', metadata: { name } },
          spec: { matchConstraints, validations },
        },
        {
          ...{ apiVersion: admission, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } },
          spec: { policyName: name, validationActions: ['Deny'] },
        },
      ];
      await server.apply(policies);
      const jane = await as('jane');
      const rake = { event: await eventOf(ALLOWED, 'cluster.house', 'rake'), ...WORDS };
      const refused = async (): Promise<string> =>
        Object((await jane.ask('POST', '/api/exclusions/preview', rake)).body.draft).refused;
      await expect.poll(refused, POLL).toContain(where);
      await server.remove(policies[1] as Manifest);
      await expect.poll(refused, POLL).toBe('');
    });

    it('takes the right in the console, and that of the API server', async () => {
      const { metadata } = await policy();
      const rake = { event: await eventOf(ALLOWED, 'cluster.house', 'rake'), ...WORDS };
      const vera = await as('vera');
      const seen = await vera.ask('POST', '/api/exclusions/preview', rake);
      const { refused: why, yaml } = Object(seen.body.draft);
      expect([why, yaml]).toEqual([
        expect.stringContaining('It takes the right'),
        expect.stringContaining('ARGS:q'),
      ]);
      const refused = await vera.ask('POST', '/api/exclusions', { ...rake, version: '' });
      expect([refused.status, vera.codeOf(refused)]).toEqual([403, 'CONSOLE_FORBIDDEN']);
      const weak = await as('weak');
      const tried = await weak.ask('POST', '/api/exclusions/preview', rake);
      expect(Object(tried.body.draft).refused).toMatch(/does not let weak change .*cannot create/);
      const made = await weak.ask('POST', '/api/exclusions', { ...rake, version: '' });
      expect([made.status, weak.codeOf(made)]).toEqual([403, 'CHANGE_FORBIDDEN']);
      expect((await policy()).metadata.resourceVersion).toBe(metadata.resourceVersion);
    });

    it('of a local user is shown and not made', async () => {
      const root = await admin(stand);
      await root.ask('PUT', '/api/users/omar', { role: 'operator', namespaces: [shop], password: PASSWORD });
      const omar = new Visitor(stand.url);
      await omar.signIn('omar');
      const rake = { event: await eventOf(ALLOWED, 'cluster.house', 'rake'), ...WORDS };
      const { body } = await omar.ask('POST', '/api/exclusions/preview', rake);
      const { yaml, refused } = Object(body.draft);
      expect([yaml, refused]).toEqual([
        ...[expect.stringContaining('ARGS:q'), expect.stringContaining('CONSOLE_NO_PERSON')],
      ]);
      const made = await omar.ask('POST', '/api/exclusions', { ...rake, version: '' });
      expect([made.status, omar.codeOf(made)]).toEqual([403, 'CONSOLE_NO_PERSON']);
    });

    it('of a Service that only inherits makes a policy for it', async () => {
      const jane = await as('jane');
      const seen = await preview(jane, ALLOWED, 'cluster.house');
      expect(seen.body.draft).toMatchObject({ target: `WAFPolicy ${shop}/other`, version: '', refused: '' });
      const done = await save(jane, '', { of: 'cluster.house' });
      expect(done.status).toBe(200);
      const { spec } = await policy('other');
      expect(spec).toEqual({
        targetRefs: [{ group: '', kind: 'Service', name: 'other' }],
        exclusions: [{ rules: [ALLOWED], targets: ['ARGS:q'], paths: ['/items/hose'], ...owned() }],
      });
    });

    it('of the whole cluster is for who sees all of it, who types its name', async () => {
      const boss = await as('boss');
      const seen = await preview(boss, ALLOWED, 'cluster.house');
      expect(seen.body).toMatchObject({
        confirmation: 'cluster.house',
        draft: { target: 'ClusterWAFPolicy house', refused: '', notes: [expect.stringContaining(shop)] },
      });
      const of = { of: 'cluster.house' };
      const untyped = await save(boss, versionOf(seen), of);
      expect(boss.codeOf(untyped)).toBe('CONSOLE_CONFIRMATION');
      const done = await save(boss, versionOf(seen), { ...of, confirm: 'cluster.house' });
      expect(done.status).toBe(200);
      const { spec } = await server.get<PolicyObject>(`${OURS}/clusterwafpolicies/house`);
      expect(spec.defaults?.exclusions).toMatchObject([{ rules: [ALLOWED], owner: 'team-shop' }]);
    });
  });

  describe('that are proposed', () => {
    it('are chosen, judged together, and written as one change', async () => {
      const jane = await as('jane');
      const asked = { workload: `${shop}/till`, days: 7 };
      const analysis = await jane.ask('POST', '/api/promote', asked);
      const { proposed } = Object(analysis.body.exclusions) as { proposed: readonly { digest: string }[] };
      expect(proposed.length).toBeGreaterThan(1);
      const chosen = proposed.map(({ digest }) => digest);
      const body = { ...asked, chosen, owner: 'team-till' };
      const seen = await jane.ask('POST', '/api/promote/exclusions/preview', body);
      expect(seen.body).toMatchObject({
        policy: `${shop}/till`,
        draft: { target: `WAFPolicy ${shop}/till` },
      });
      // The till's policy does without all rules that its cluster allows: others are named.
      expect(Object(seen.body.draft).refused).toContain('CHANGE_NOT_IN_FORCE');
      await server.request('PATCH', `${OURS}/clusterwafpolicies/house`, {
        spec: { allow: { exclusions: ['*'] } },
      });
      const again = (): Promise<Answered> => jane.ask('POST', '/api/promote/exclusions/preview', body);
      await expect.poll(async () => Object((await again()).body.draft).refused, POLL).toBe('');
      const one = await jane.ask('POST', '/api/promote/exclusions/preview', {
        ...body,
        chosen: chosen.slice(0, 1),
      });
      const passes = ({ body: of }: Answered): number => Object(of.effect).passes;
      expect(passes(seen)).toBeGreaterThan(passes(one));
      const before = await policy('till');
      const saving = { ...body, version: before.metadata.resourceVersion };
      const strange = await jane.ask('POST', '/api/promote/exclusions', { ...saving, chosen: ['x'] });
      expect(jane.codeOf(strange)).toBe('CONSOLE_CHOICE');
      const done = await jane.ask('POST', '/api/promote/exclusions', saving);
      expect(done.status).toBe(200);
      const { spec, metadata } = await policy('till');
      expect(spec.exclusions).toHaveLength(proposed.length);
      expect(spec.exclusions?.map(({ owner }) => owner)).toEqual(proposed.map(() => 'team-till'));
      expect(Number(metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion));
      expect(audit().at(-1)).toMatchObject({ user: 'cluster:jane', action: 'exclusion.add' });
    });
  });

  it('of a stage: a WAFPolicy blocks for some, then for all, and goes back, as who asks for it', async () => {
    const jane = await as('jane');
    const stage = async (mode: string, staged: object | null): Promise<unknown> => {
      const change = { kind: 'stage', policy: `${shop}/till`, mode, staged };
      const { body } = await jane.ask('POST', '/api/workloads/draft', change);
      expect(Object(body.wouldBlock).requests).toBeGreaterThan(10);
      const { version } = body;
      const done = await jane.ask('POST', '/api/workloads/apply', { change, version });
      expect(done.status).toBe(200);
      expect(audit().at(-1)).toMatchObject({ user: 'cluster:jane', action: 'move.stage' });
      const { spec } = (await policy('till')) as { spec: { mode?: string; staged?: object } };
      return [spec.mode, spec.staged ?? null];
    };
    const some = { paths: ['/items/*'], percent: 10 };
    expect(await stage('Detect', some)).toEqual(['Detect', some]);
    expect(await stage('Block', null)).toEqual(['Block', null]);
    expect(await stage('Detect', null)).toEqual(['Detect', null]);
    const wide = { kind: 'stage', policy: 'cluster.house', mode: 'Block', staged: null };
    const boss = await as('boss');
    const refused = await boss.ask('POST', '/api/workloads/draft', wide);
    expect(boss.codeOf(refused)).toBe('CHANGE_REFUSED');
  });

  describe('that are listed', () => {
    it('are those of policies that somebody sees', async () => {
      const listed = async (name: string): Promise<string> =>
        JSON.stringify((await (await as(name)).ask('GET', '/api/exclusions')).body.exclusions);
      expect(await listed('vera')).toContain(`WAFPolicy ${shop}/web`);
      expect(await listed('vera')).not.toMatch(new RegExp(`${bank}|ClusterWAFPolicy|of the bank`));
      expect(await listed('vera')).not.toContain('"acts":true');
      await expect.poll(() => listed('boss'), POLL).toContain(`WAFPolicy ${bank}/web`);
    });

    it('are taken away as they were shown, as who asks for it', async () => {
      const jane = await as('jane');
      const { body } = await jane.ask('GET', '/api/exclusions');
      const [first] = (body.exclusions as readonly { policy: string; digest: string }[]).filter(
        (each) => each.policy === `${shop}/web`,
      );
      const change = { kind: 'unexclude', policy: first?.policy, digest: first?.digest };
      const vera = await as('vera');
      const forbidden = await vera.ask('POST', '/api/workloads/apply', { change, version: '1' });
      expect(vera.codeOf(forbidden)).toBe('CONSOLE_FORBIDDEN');
      const foreign = { ...change, policy: `${bank}/web` };
      const hidden = await jane.ask('POST', '/api/workloads/draft', foreign);
      expect(jane.codeOf(hidden)).toBe('CONSOLE_WORKLOAD');
      const draft = await jane.ask('POST', '/api/workloads/draft', change);
      expect(draft.body.diff).toMatch(/- +owner: team-shop/);
      const before = (await policy()).spec.exclusions ?? [];
      const { version } = draft.body;
      const done = await jane.ask('POST', '/api/workloads/apply', { change, version });
      expect(done.status).toBe(200);
      expect((await policy()).spec.exclusions).toEqual(before.slice(1));
      expect(audit().at(-1)).toMatchObject({ user: 'cluster:jane', action: 'exclusion.remove' });
      const twice = await jane.ask('POST', '/api/workloads/draft', change);
      expect([twice.status, jane.codeOf(twice)]).toEqual([404, 'CHANGE_UNKNOWN']);
    });
  });

  const owned = () => ({ owner: WORDS.owner, reason: WORDS.reason });
});
