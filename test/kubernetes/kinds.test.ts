/** Our kinds on the real API server: what it takes, what it refuses and with which words, what it shows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS, type KindName } from '../../packages/controller/src/kinds/definitions.ts';
import { parseNodeReport, specProblems } from '../../packages/controller/src/kinds/parse.ts';
import type { NodePlan, PlannedPod, Workload } from '../../packages/controller/src/plan/plan.ts';
import type { Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { ALL_SETTINGS, REFUSED, WHOLE } from './kind-samples.ts';
import { suiteWithApiServer } from './suite.ts';

const API_VERSION = 'sluice.dev/v1alpha1';
const ROOT = `/apis/${API_VERSION}`;

interface Resources {
  readonly resources: readonly {
    readonly name: string;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority: number }[];
  readonly rows: readonly { readonly cells: readonly unknown[] }[];
}

interface Schema {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Fields of a schema that say nothing of themselves. */
function silent(schema: Schema, path = ''): readonly string[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    // What is the same for each key of a map is said where the map is.
    const says = field.description !== undefined || path.endsWith('.overrides');
    return [...(says ? [] : [at]), ...silent(field, at)];
  });
  return [...inner, ...(schema.items === undefined ? [] : silent(schema.items, `${path}[]`))];
}

const pod = (index: number): PlannedPod => ({
  ...{ namespace: 'shop', name: `cart-${index}`, uid: `uid-${index}`, hostNetwork: false },
  ...{ ipFamilies: ['IPv4', 'IPv6'], policy: 'shop/strict', exemptSources: ['10.0.0.1'] },
  ...{ mode: 'Block', unavailable: 'Open', dataPath: 'ext_proc', profile: 'window', responses: true },
  ports: [
    {
      ...{ number: 8443, protocol: 'tls', uninspected: 'Allow', upgrades: ['websocket'], paths: 'Strict' },
      ...{ tlsSecret: 'shop/key' },
      policy: { name: 'shop/port', mode: 'Detect', unavailable: 'Closed', responses: false },
    },
  ],
});

const workload = (index: number): Workload => ({
  ...{ addresses: ['10.1.2.3', 'fd00::1'], namespace: 'shop', pod: `cart-${index}`, uid: `uid-${index}` },
  ...{ node: 'a', owner: 'Deployment/cart', labels: ['app=cart'], services: ['cart'] },
});

const fill = <T>(length: number, of: (index: number) => T): readonly T[] =>
  Array.from({ length }, (_, at) => of(at));

suiteWithApiServer('kinds', () => {
  let api: ApiServer;
  let namespace: string;
  beforeAll(async () => {
    api = await ApiServer.start();
    await api.applyDefinitions();
    namespace = await api.namespace();
  });
  afterAll(() => api?.stop());

  function object(kind: KindName, spec: unknown, name: string): Manifest {
    const isNamespaced = KINDS[kind].scope === 'Namespaced';
    return { apiVersion: API_VERSION, kind, metadata: { name, ...(isNamespaced && { namespace }) }, spec };
  }

  describe('what is taken', () => {
    it.each(Object.entries(WHOLE))(
      'all that a %s can say, unchanged, and without a problem',
      async (name, spec) => {
        const kind = name as KindName;
        const [taken] = await api.apply([object(kind, spec, kind === 'Sluice' ? 'sluice' : 'whole')]);
        expect(taken).toHaveProperty('spec', spec);
        expect(specProblems(kind, spec)).toEqual([]);
      },
    );

    it('says something of every setting in the sample of all', () => {
      const said = Object.keys(KINDS.WAFPolicy.spec.shape).filter((name) => !(name in ALL_SETTINGS));
      expect(said.sort()).toEqual(['ruleSets', 'targetRefs', 'tls', 'workloadSelector']);
    });

    it('a policy that says nothing, and settings that begin to: nothing is filled in', async () => {
      const spec = {
        thresholds: {},
        uninspectable: {},
        body: {},
        responses: {},
        blockPage: {},
        events: { mask: {} },
      };
      expect((await api.apply([object('WAFPolicy', {}, 'empty')]))[0]).toHaveProperty('spec', {});
      expect((await api.apply([object('WAFPolicy', spec, 'begun')]))[0]).toHaveProperty('spec', spec);
      const [cluster] = await api.apply([object('ClusterWAFPolicy', { defaults: spec, allow: {} }, 'begun')]);
      expect(cluster).toHaveProperty('spec', { defaults: spec, allow: {}, select: 'Annotated' });
    });

    it('an alert as Calico has it, with what is told once an hour', async () => {
      const spec = { description: 'd', severity: 1, dataSet: 'waf', condition: 'gt', threshold: 0 };
      const filled = { type: 'RuleBased', period: '5m', lookback: '10m', cooldown: '1h' };
      expect((await api.apply([object('Alert', spec, 'plain')]))[0]).toHaveProperty('spec', {
        ...spec,
        ...filled,
      });
    });

    it('a node of 250 pods, and every field of each', async () => {
      const policies = [{ name: 'default', digest: 'd' }];
      const plan: NodePlan = { node: 'a', trustedProxies: ['10.0.0.0/8'], pods: fill(250, pod), policies };
      expect((await api.apply([object('SluiceNode', plan, 'a')]))[0]).toHaveProperty('spec', plan);
    });

    it('a slice of 200 workloads, and none of 201', async () => {
      const spec = { workloads: fill(200, workload) };
      expect((await api.apply([object('WorkloadSlice', spec, 's')]))[0]).toHaveProperty('spec', spec);
      const larger = object('WorkloadSlice', { workloads: fill(201, workload) }, 's');
      await expect(api.apply([larger])).rejects.toThrow('must have at most 200 items');
    });
  });

  it.each(REFUSED)('refuses a %s: %s', async (kind, what, spec, message) => {
    const name = what === 'another name' ? 'mine' : kind === 'Sluice' ? 'sluice' : 'refused';
    await expect(api.apply([object(kind, spec, name)])).rejects.toThrow(message);
  });

  describe('what is shown', () => {
    it('a description of every field (kubectl explain)', async () => {
      const { components } = await api.get<{ components: { schemas: Readonly<Record<string, Schema>> } }>(
        `/openapi/v3${ROOT}`,
      );
      for (const { kind } of Object.values(KINDS)) {
        const schema = components.schemas[`dev.sluice.v1alpha1.${kind}`];
        expect(schema?.description).toMatch(/\.$/);
        const { spec, status } = schema?.properties ?? {};
        expect(spec).toBeDefined();
        expect([...silent(spec ?? {}, 'spec'), ...silent(status ?? {}, 'status')]).toEqual([]);
      }
    });

    it('columns of a policy, with what has become of it', async () => {
      const policy = object(
        'WAFPolicy',
        { mode: 'Block', targetRefs: [{ kind: 'Service', name: 'cart' }] },
        'shown',
      );
      await api.apply([policy]);
      const lastTransitionTime = '2026-01-01T00:00:00Z';
      const condition = {
        status: 'False',
        reason: 'Conflicted',
        message: 'An older one.',
        lastTransitionTime,
      };
      await api.patchStatus(policy, { conditions: [{ type: 'Accepted', ...condition }] });
      const table = await api.get<Table>(await api.pathOf(policy), {
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      });
      const cells = table.columnDefinitions.map(({ name }, at) => [name, table.rows[0]?.cells[at]]);
      expect(Object.fromEntries(cells)).toMatchObject({
        ...{ Name: 'shown', Mode: 'Block', Targets: 'cart', Accepted: 'False' },
        'Accepted:Message': 'An older one.',
      });
      expect(
        table.columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name),
      ).toEqual([...['Name', 'Mode', 'Targets', 'Accepted', 'Validated', 'Programmed', 'Enforcing', 'Age']]);
    });

    it('short names that Calico and Kubernetes do not have, and one name for all of them', async () => {
      const { resources } = await api.get<Resources>(ROOT);
      const kinds = resources.filter(({ name }) => !name.includes('/'));
      expect(kinds.map(({ name }) => name).sort()).toEqual(
        Object.values(KINDS)
          .map(({ plural }) => plural)
          .sort(),
      );
      expect(kinds.flatMap(({ shortNames = [] }) => shortNames).sort()).toEqual([
        ...['cswaf', 'salert', 'slu', 'snode', 'srules', 'sslice', 'swaf'],
      ]);
      const inAll = kinds.filter(({ categories }) => categories?.includes('sluice'));
      expect(inAll).toHaveLength(Object.values(KINDS).length - 1);
    });
  });

  describe('status', () => {
    it('is written apart from the spec, which it does not count as a change of', async () => {
      const policy = object('RuleSet', { before: '# nothing' }, 'apart');
      const [first] = await api.apply([policy]);
      const lastTransitionTime = '2026-01-01T00:00:00Z';
      const condition = {
        type: 'Accepted',
        status: 'True',
        reason: 'Accepted',
        message: '',
        lastTransitionTime,
      };
      const after = await api.patchStatus({ ...policy, spec: {} }, { conditions: [condition] });
      expect(after).toMatchObject({ spec: policy.spec, status: { conditions: [condition] } });
      expect(after.metadata.generation).toBe(first?.metadata.generation);
      const [again] = await api.apply([{ ...policy, status: { conditions: [] } }]);
      expect(again).toMatchObject({ status: { conditions: [condition] } });
    });

    it('of a node has what it says of itself', async () => {
      const node = object('SluiceNode', { node: 'b', trustedProxies: [], pods: [], policies: [] }, 'b');
      await api.apply([node]);
      const report = {
        ...{ observedGeneration: 1, ruleSetVersion: 'r', heartbeatAt: '2026-01-01T00:00:00Z', problem: '' },
        pods: [{ uid: 'u', intercepted: true, reason: '', enforced: null, message: '' }],
      };
      const said = (answer: object): unknown => parseNodeReport('status' in answer ? answer.status : null);
      expect(said(await api.patchStatus(node, report))).toEqual(report);
      const body = { ...node, spec: undefined, status: report };
      const path = `${await api.pathOf(node)}/status?fieldManager=sluice-node&force=true`;
      const applied = await api.request('PATCH', path, body, { contentType: 'application/apply-patch+yaml' });
      expect(said(applied)).toEqual(report);
      expect(parseNodeReport(undefined)).toBeNull();
    });

    it('is refused where a condition is none', async () => {
      const policy = object('RuleSet', { before: '# nothing' }, 'none');
      await api.apply([policy]);
      const conditions = [{ type: 'Accepted', status: 'Yes' }];
      await expect(api.patchStatus(policy, { conditions })).rejects.toThrow('supported values');
    });
  });
});
