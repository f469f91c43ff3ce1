/** Alerts of a cluster that are written from the page, against a real API server: as whom, and what is left alone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { tokenOf } from '../kubernetes/api-files.ts';
import type { ApiServer } from '../kubernetes/api-server.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';
import { ours } from '../kubernetes/view-stand.ts';
import {
  bindingOf,
  type ClusterStand,
  signedInBy,
  startApiServer,
  startClusterStand,
  user,
} from './cluster-stand.ts';
import { type Answered, admin, type Visitor } from './stand.ts';

const POLL = { timeout: 30_000, interval: 100 };
const PEOPLE = ['jane', 'vera', 'boss', 'weak'];
const SPEC = { description: 'a', severity: 10, dataSet: 'waf' };

interface AlertObject {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields: readonly { readonly manager: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

const textOf = (namespace: string | null, name: string, spec: object = {}): string =>
  JSON.stringify({
    ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'Alert' },
    metadata: { name, ...(namespace === null ? {} : { namespace }) },
    spec: { ...SPEC, ...spec },
  });

const GLOBAL_ALERTS = {
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  metadata: { name: 'globalalerts.projectcalico.org' },
  spec: {
    ...{ group: 'projectcalico.org', scope: 'Cluster' },
    names: { kind: 'GlobalAlert', plural: 'globalalerts', singular: 'globalalert' },
    versions: [
      {
        ...{ name: 'v3', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const CALICO_READER = {
  ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'calico' } },
  rules: [{ apiGroups: ['projectcalico.org'], resources: ['globalalerts'], verbs: ['get', 'list'] }],
};

suiteWithApiServer('alerts in the console', () => {
  let server: ApiServer;
  let stand: ClusterStand;
  let shop: string;
  let bank: string;

  beforeAll(async () => {
    server = await startApiServer({ users: PEOPLE.map((name) => ({ name })) });
    shop = await server.namespace();
    bank = await server.namespace();
    await server.apply([
      {
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'weak' } },
        rules: [{ apiGroups: ['sluice.dev'], resources: ['events'], verbs: ['get', 'update'] }],
      },
      bindingOf('sluice-console-operator', user('jane'), shop),
      bindingOf('sluice-console-viewer', user('vera'), shop),
      bindingOf('sluice-console-operator', user('boss')),
      bindingOf('weak', user('weak'), shop),
      GLOBAL_ALERTS,
      CALICO_READER,
      bindingOf('calico', user('boss')),
    ]);
    await server.request('POST', `/apis/sluice.dev/v1alpha1/namespaces/${bank}/alerts`, {
      ...ours('Alert', 'theirs', SPEC),
      metadata: { name: 'theirs' },
    });
    stand = await startClusterStand(server);
  });
  afterAll(async () => {
    await stand?.close();
    await server?.stop();
  });

  const as = (name: string): Promise<Visitor> => signedInBy(stand, tokenOf(name));
  const path = (name: string, namespace = shop): string =>
    `/apis/sluice.dev/v1alpha1/namespaces/${namespace}/alerts/${name}`;
  const alert = (name: string): Promise<AlertObject> => server.get(path(name));
  const saving = (text: string, name?: string) => ({
    ...{ kind: 'save', place: 'cluster', text },
    of: name === undefined ? null : { namespace: shop, name },
  });
  const removing = (name: string, namespace: string | null = shop) => ({
    ...{ kind: 'remove', place: 'cluster', namespace, name },
  });
  const draft = (who: Visitor, change: object): Promise<Answered> =>
    who.ask('POST', '/api/alert-rules/draft', change);
  const apply = (who: Visitor, change: object, version: unknown): Promise<Answered> =>
    who.ask('POST', '/api/alert-rules/apply', { change, version });
  async function make(who: Visitor, change: object): Promise<Answered> {
    const drafted = await draft(who, change);
    return drafted.status === 200 ? apply(who, change, drafted.body.version) : drafted;
  }
  const said = (who: Visitor, answer: Answered): unknown => [answer.status, who.codeOf(answer)];
  const rules = async (who: Visitor) =>
    (await who.ask('GET', '/api/alert-rules')).body.rules as readonly {
      readonly source: string;
      readonly refused: string;
      readonly acts: boolean;
    }[];

  describe('one is', () => {
    it('drafted as YAML that the API server has tried, and then made in the name of who asks', async () => {
      const jane = await as('jane');
      const change = saving(textOf(shop, 'slow', { severity: 20 }));
      const { body } = await draft(jane, change);
      expect(body).toMatchObject({ target: `Alert ${shop}/slow`, version: '', refused: '', diff: '' });
      expect(parse(String(body.yaml)).spec).toEqual({ ...SPEC, severity: 20 });
      await expect(alert('slow')).rejects.toThrow('404');
      expect((await apply(jane, change, '')).body).toEqual({ done: [`Alert ${shop}/slow is made.`] });
      const { metadata, spec } = await alert('slow');
      expect(spec).toMatchObject({ severity: 20 });
      expect(metadata.managedFields.map(({ manager }) => manager)).toEqual(['sluice-console']);
    });

    it('changed whole: what is left out is gone, labels stay', async () => {
      const jane = await as('jane');
      await make(jane, saving(textOf(shop, 'kept', { owner: 'shop team', threshold: 3, condition: 'gt' })));
      await server.request('PATCH', path('kept'), { metadata: { labels: { team: 'a' } } });
      const change = saving(textOf(shop, 'kept', { severity: 99 }), 'kept');
      expect((await draft(jane, change)).body.diff).toMatch(/^-\s+owner: shop team$/m);
      expect((await make(jane, change)).status).toBe(200);
      const { metadata, spec } = await alert('kept');
      expect(spec).toMatchObject({ severity: 99 });
      expect(Object.keys(spec)).not.toContain('owner');
      expect(metadata.labels).toEqual({ team: 'a' });
    });

    it('not changed, nor removed, where it has changed since it was looked at', async () => {
      const jane = await as('jane');
      await make(jane, saving(textOf(shop, 'raced')));
      const changes = [saving(textOf(shop, 'raced', { severity: 5 }), 'raced'), removing('raced')];
      const { body } = await draft(jane, changes[0] ?? {});
      await server.request('PATCH', path('raced'), { spec: { severity: 50 } });
      for (const change of changes)
        expect(said(jane, await apply(jane, change, body.version))).toEqual([409, 'CHANGE_STALE']);
      expect((await alert('raced')).spec.severity).toBe(50);
    });

    it('removed', async () => {
      const jane = await as('jane');
      await make(jane, saving(textOf(shop, 'gone')));
      const { body } = await draft(jane, removing('gone'));
      expect(body.refused).toBe('');
      expect(await alert('gone')).toBeDefined();
      expect((await apply(jane, removing('gone'), body.version)).status).toBe(200);
      await expect(alert('gone')).rejects.toThrow('404');
    });

    it('refused in the words of the API server where it is wrong', async () => {
      const jane = await as('jane');
      const change = saving(textOf(shop, 'wrong', { severity: 1_000 }));
      expect((await draft(jane, change)).body.refused).toContain('severity');
      expect(said(jane, await apply(jane, change, ''))).toEqual([409, 'CHANGE_REFUSED']);
    });

    it('not changed where Argo CD has it', async () => {
      const jane = await as('jane');
      await make(jane, saving(textOf(shop, 'declared')));
      const label = { 'argocd.argoproj.io/instance': 'shop' };
      await server.request('PATCH', path('declared'), { metadata: { labels: label } });
      for (const change of [
        saving(textOf(shop, 'declared', { severity: 77 }), 'declared'),
        removing('declared'),
      ]) {
        const { body } = await draft(jane, change);
        expect(body).toMatchObject({ managedBy: ['Argo CD application shop'] });
        expect(said(jane, await apply(jane, change, body.version))).toEqual([409, 'CHANGE_MANAGED']);
      }
      expect((await alert('declared')).spec.severity).toBe(10);
    });
  });

  describe('who', () => {
    it('sees a namespace sees its alerts, and acts where they may', async () => {
      const seen = async (name: string) => (await rules(await as(name))).map(({ source }) => source);
      const jane = await rules(await as('jane'));
      expect(jane.length).toBeGreaterThan(0);
      expect(jane.every(({ source, acts }) => source.startsWith(`Alert ${shop}/`) && acts)).toBe(true);
      expect((await rules(await as('vera'))).some(({ acts }) => acts)).toBe(false);
      expect(await seen('boss')).toEqual(expect.arrayContaining([`Alert ${bank}/theirs`]));
      // The right to see events is none to see objects.
      expect(await seen('weak')).toEqual([]);
    });

    it('may not in a namespace does not there, whatever the text says', async () => {
      const jane = await as('jane');
      const changes = [
        saving(textOf(bank, 'mine')),
        saving(textOf(bank, 'kept'), 'kept'),
        removing('theirs', bank),
        saving(textOf(null, 'mine')),
      ];
      for (const change of changes)
        expect(said(jane, await draft(jane, change))).toEqual([403, 'CONSOLE_FORBIDDEN']);
      const vera = await as('vera');
      expect(said(vera, await apply(vera, removing('kept'), ''))).toEqual([403, 'CONSOLE_FORBIDDEN']);
      // The console lets them, the API server does not: it is asked with their own token.
      const weak = await as('weak');
      const change = saving(textOf(shop, 'of-weak'));
      expect(said(weak, await make(weak, change))).toEqual([403, 'CHANGE_FORBIDDEN']);
      await expect(alert('of-weak')).rejects.toThrow('404');
    });

    it('leaves a GlobalAlert alone, and makes none', async () => {
      const global = { apiVersion: 'projectcalico.org/v3', kind: 'GlobalAlert' };
      const made = { ...global, metadata: { name: 'of-calico' }, spec: SPEC };
      // A definition is served some moments after it was written.
      await expect
        .poll(
          () =>
            server.request('POST', '/apis/projectcalico.org/v3/globalalerts', made).then(
              () => true,
              () => false,
            ),
          POLL,
        )
        .toBe(true);
      const boss = await as('boss');
      await expect
        .poll(async () => (await rules(boss)).find(({ source }) => source === 'GlobalAlert of-calico'), POLL)
        .toMatchObject({ refused: expect.stringContaining('GlobalAlert') });
      const text = textOf(null, 'of-calico').replace('sluice.dev/v1alpha1', 'projectcalico.org/v3');
      const change = {
        ...saving(text.replace('"Alert"', '"GlobalAlert"')),
        of: { namespace: null, name: 'of-calico' },
      };
      expect(said(boss, await draft(boss, change))).toEqual([409, 'CHANGE_REFUSED']);
      expect(said(boss, await draft(boss, removing('of-calico', null)))).toEqual([409, 'CHANGE_REFUSED']);
    });

    it('is nobody in the cluster looks, with the YAML, and changes nothing', async () => {
      const root = await admin(stand);
      const change = saving(textOf(shop, 'of-root'));
      const { body } = await draft(root, change);
      expect(String(body.yaml)).toContain('of-root');
      expect(body.refused).not.toBe('');
      expect(said(root, await apply(root, change, ''))).toEqual([403, 'CONSOLE_NO_PERSON']);
      await expect(alert('of-root')).rejects.toThrow('404');
    });

    it('changed what is in the audit log', () => {
      const lines = readFileSync(join(stand.directory, 'console-audit.ndjson'), 'utf8')
        .split('\n')
        .slice(0, -1);
      const entries = lines.map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
      expect(entries).toContainEqual(
        expect.objectContaining({
          ...{
            user: 'cluster:jane',
            action: 'alert.remove',
            target: `cluster ${shop}/gone`,
            outcome: 'done',
          },
        }),
      );
    });
  });
});
