/** Each reason of a condition, seen on a real API server under a real controller and a real judge of RuleSets. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {
  Condition,
  ConditionStatus,
  ConditionType,
  Reason,
} from '../../packages/controller/src/conditions.ts';
import { KINDS, type KindName } from '../../packages/controller/src/kinds/definitions.ts';
import { NODE_UNHEARD_MILLIS } from '../../packages/controller/src/plan/limits.ts';
import { RuleSetJudge } from '../../packages/controller/src/rules/judge/judge.ts';
import type { RuleSetVerdicts } from '../../packages/controller/src/rules/verdict.ts';
import type { Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { definition } from './quarantine/support.ts';
import { refusal } from './refusal.ts';
import { suiteWithApiServer } from './suite.ts';
import {
  makeService,
  nodeSays,
  OURS,
  ours,
  type RunningController,
  SYSTEM,
  startController,
} from './view-stand.ts';

const SHOP = 'shop';
const BROKEN_LABEL = 'break-the-plan';
const POLL = { timeout: 60_000, interval: 200 };

interface Sight {
  readonly kind: KindName;
  /** `namespace/name`, or name. */
  readonly key: string;
  readonly type: ConditionType;
  readonly status: ConditionStatus;
}

const on = (name: string, type: ConditionType, status: ConditionStatus): Sight => ({
  ...{ kind: 'WAFPolicy', key: `${SHOP}/${name}`, type, status },
});
const rules = (name: string, status: ConditionStatus): Sight => ({
  ...{ kind: 'RuleSet', key: `${SHOP}/${name}`, type: 'Validated', status },
});
const house = (type: ConditionType, status: ConditionStatus): Sight => ({
  ...{ kind: 'Sluice', key: 'sluice', type, status },
});

/** Where each reason is seen: the objects below say so. */
const SEEN: Readonly<Record<Exclude<Reason, 'PlanFailed'>, readonly Sight[]>> = {
  Accepted: [
    on('enforced', 'Accepted', 'True'),
    { kind: 'Alert', key: `${SHOP}/scans`, type: 'Accepted', status: 'True' },
    { kind: 'ClusterWAFPolicy', key: 'company', type: 'Accepted', status: 'True' },
  ],
  Invalid: [on('invalid', 'Accepted', 'False')],
  Conflicted: [
    on('rival', 'Accepted', 'False'),
    { kind: 'ClusterWAFPolicy', key: 'late', type: 'Accepted', status: 'False' },
  ],
  TargetNotFound: [on('lost', 'Accepted', 'False')],
  TargetNotSelected: [on('kept-out', 'Accepted', 'False')],
  RuleSetNotFound: [on('no-rules', 'Accepted', 'False')],
  SecretNotFound: [on('no-key', 'Accepted', 'False')],
  WeakerThanAllowed: [on('weak', 'Accepted', 'False')],
  ProtectedRule: [on('unprotected', 'Accepted', 'False'), rules('removes-949110', 'False')],
  SystemNamespace: [{ kind: 'WAFPolicy', key: 'kube-system/own', type: 'Accepted', status: 'False' }],
  ManagedByCalico: [house('Accepted', 'True')],
  NotSupported: [on('no-service', 'Accepted', 'False')],
  RefNotPermitted: [on('abroad', 'Accepted', 'False')],
  Compiled: [rules('good', 'True'), on('good', 'Validated', 'True')],
  SecLangInvalid: [rules('wrong', 'False'), on('wrong', 'Validated', 'False')],
  TestsFailed: [rules('fails', 'False')],
  Pending: [rules('pending', 'Unknown'), on('pending', 'Validated', 'Unknown')],
  Programmed: [on('enforced', 'Programmed', 'True')],
  NothingSelected: [on('lost', 'Programmed', 'False'), on('lost', 'Enforcing', 'False')],
  NodesBehind: [
    on('behind', 'Programmed', 'False'),
    { kind: 'ClusterWAFPolicy', key: 'company', type: 'Programmed', status: 'False' },
  ],
  TooLarge: [on('large', 'Accepted', 'False'), rules('too-many', 'False')],
  Enforced: [on('enforced', 'Enforcing', 'True')],
  PartlyEnforced: [on('partly', 'Enforcing', 'False')],
  NotEnforced: [on('fails-open', 'Enforcing', 'False')],
  NotProbed: [on('behind', 'Enforcing', 'Unknown')],
  NodeSilent: [on('silent', 'Enforcing', 'Unknown')],
  WriteFailed: [on('refused', 'Programmed', 'False'), house('Programmed', 'False')],
};

const target = (name: string, kind = 'Service') => ({
  targetRefs: [{ kind, name, ...(kind !== 'Service' && { group: 'gateway.networking.k8s.io' }) }],
});
const policy = (name: string, spec: object): Manifest => ours('WAFPolicy', name, spec, SHOP);
const route = (name: string, backend: object): Manifest => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name, namespace: SHOP } },
  spec: { rules: [{ backendRefs: [backend] }] },
});
/** No pod has the label. */
const NOBODY = { workloadSelector: { matchLabels: { app: 'nobody' } } };
const ruleSet = (name: string, after: string, more: object = {}): Manifest =>
  ours('RuleSet', name, { after, ...more }, SHOP);
const rule = (id: number): string => `SecRule ARGS "@streq x${id}" "id:${id},phase:2,deny"\n`;

const RULE_SETS: readonly Manifest[] = [
  ruleSet('good', rule(1)),
  ruleSet('wrong', 'SecRule ARGS "@nonsense x" "id:2,phase:2,deny"'),
  ruleSet('removes-949110', 'SecRuleRemoveById 949110'),
  ruleSet('fails', rule(3), {
    tests: [{ name: 'denies all', request: { uri: '/' }, expect: { denied: true } }],
  }),
  ruleSet('pending', rule(4)),
  ruleSet('refused', `${rule(5)}# not this one\n`),
  ruleSet('too-many', Array.from({ length: 1_001 }, (_, at) => rule(10_000 + at)).join('')),
  ...[1, 2, 3, 4, 5].map((part) => ruleSet(`part-${part}`, `${rule(20 + part)}${'#\n'.repeat(125_000)}`)),
];

const POLICIES: readonly Manifest[] = [
  ...['enforced', 'partly', 'fails-open', 'behind', 'silent'].map((name) => policy(name, target(name))),
  policy('rival', target('enforced')),
  policy('invalid', { ...target('gone'), addresses: { deny: ['no address'] } }),
  policy('lost', target('gone')),
  policy('kept-out', target('out')),
  policy('no-rules', { ...NOBODY, ruleSets: ['nowhere'] }),
  policy('no-key', { ...NOBODY, tls: [{ port: 'http', secretName: 'nowhere' }] }),
  policy('weak', { ...NOBODY, mode: 'Off' }),
  policy('unprotected', {
    ...NOBODY,
    exclusions: [{ rules: [901100] }],
  }),
  policy('no-service', target('no-service', 'HTTPRoute')),
  policy('abroad', target('abroad', 'HTTPRoute')),
  policy('good', { ...NOBODY, ruleSets: ['good'] }),
  policy('wrong', { ...NOBODY, ruleSets: ['wrong'] }),
  policy('pending', { ...NOBODY, ruleSets: ['pending'] }),
  policy('large', {
    ...NOBODY,
    ruleSets: [1, 2, 3, 4, 5].map((part) => `part-${part}`),
  }),
  policy('refused', { ...target('refused'), ruleSets: ['refused'] }),
  ours('WAFPolicy', 'own', {}, 'kube-system'),
];

const REFUSAL = refusal('after.0.conf', 'not this one');

const BASE = `
SecRule ARGS "@streq base" "id:942100,phase:2,deny"
SecRule ARGS "@streq sum" "id:949110,phase:2,deny"
`;

suiteWithApiServer('conditions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-conditions-'));
  let server: ApiServer;
  let controller: RunningController;
  let judge: RuleSetJudge;
  let uids: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
    await server.apply(
      definition('gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes', 'Namespaced'),
    );
    await server.apply(definition('operator.tigera.io', 'v1', 'Installation', 'installations', 'Cluster'));
    for (const name of [SYSTEM, SHOP])
      await server.request('POST', '/api/v1/namespaces', { metadata: { name } });
    for (const [name, pods] of Object.entries({
      enforced: { 'enforced-1': 'node-a' },
      partly: { 'partly-1': 'node-a', 'partly-2': 'node-b' },
      'fails-open': { 'open-1': 'node-b' },
      behind: { 'behind-1': 'node-c' },
      silent: { 'silent-1': 'node-d' },
      refused: { 'refused-1': 'node-a' },
    }))
      uids = { ...uids, ...(await makeService(server, SHOP, name, { pods })) };
    await makeService(server, SHOP, 'out', { annotations: { 'sluice.dev/inspect': 'false' } });
    await server.apply(REFUSAL);
    await server.apply([
      {
        ...{ apiVersion: 'operator.tigera.io/v1', kind: 'Installation', metadata: { name: 'default' } },
        spec: { variant: 'TigeraSecureEnterprise' },
      },
      route('no-service', { kind: 'Bucket', group: 'example.com', name: 'files' }),
      route('abroad', { name: 'elsewhere', namespace: 'default', port: 80 }),
      ours('Sluice', 'sluice', {}),
      ours('ClusterWAFPolicy', 'company', { defaults: { mode: 'Block' } }),
      ours('ClusterWAFPolicy', 'late', {}),
      ours('Alert', 'scans', { description: 'scans', severity: 50, dataSet: 'waf' }, SHOP),
      ...RULE_SETS,
      ...POLICIES,
    ]);
    writeFileSync(join(folder, 'base.conf'), BASE);
    let verdictsChanged = (): void => undefined;
    judge = new RuleSetJudge({
      ...{ baseFiles: [join(folder, 'base.conf')], cacheDirectory: join(folder, 'cache') },
      onVerdict: () => verdictsChanged(),
    });
    await judge.start();
    const verdicts: RuleSetVerdicts = {
      // What is never judged stays as a place that waits.
      of: (candidate, place) => (candidate.key === `${SHOP}/pending` ? null : judge.of(candidate, place)),
    };
    const isBroken = (labels: Readonly<Record<string, string>>): boolean =>
      labels[BROKEN_LABEL] !== undefined;
    controller = startController(server, {
      verdicts,
      before: ({ namespaces }) => {
        if ([...namespaces.values()].some(({ labels }) => isBroken(labels)))
          throw new RangeError('no plan today');
      },
    });
    verdictsChanged = controller.changed;
  });
  afterAll(async () => {
    await controller?.stop();
    judge?.end();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function condition({ kind, key, type }: Sight): Promise<Condition | undefined> {
    const [first = '', second] = key.split('/');
    const where = second === undefined ? '' : `/namespaces/${first}`;
    const path = `${OURS}${where}/${KINDS[kind].plural}/${second ?? first}`;
    const { status } = await server.get<{ readonly status?: { readonly conditions?: readonly Condition[] } }>(
      path,
    );
    return status?.conditions?.find((each) => each.type === type);
  }

  /** All but node-c, which says nothing. */
  async function nodesSay(): Promise<void> {
    const notEnforced = { enforced: false, message: 'A probe was not refused.' };
    await nodeSays(server, 'node-a');
    await nodeSays(server, 'node-b', {
      [uids['partly-2'] ?? '']: notEnforced,
      [uids['open-1'] ?? '']: notEnforced,
    });
    const heartbeatAt = new Date(Date.now() - NODE_UNHEARD_MILLIS).toISOString();
    await nodeSays(server, 'node-d', {}, { heartbeatAt });
  }

  const sights = Object.entries(SEEN).flatMap(([reason, all]) => all.map((sight) => ({ reason, sight })));

  it('name every reason that there is', () => {
    const source = readFileSync(
      resolve(import.meta.dirname, '../../packages/controller/src/conditions.ts'),
      'utf8',
    );
    const reasons = [...(/type Reason =([^;]+);/.exec(source)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
      ([, name]) => name,
    );
    expect(reasons.length).toBeGreaterThan(20);
    expect([...Object.keys(SEEN), 'PlanFailed'].sort()).toEqual(reasons.sort());
    const types = [...(/type ConditionType =([^;]+);/.exec(source)?.[1] ?? '').matchAll(/'(\w+)'/g)].map(
      ([, name]) => name,
    );
    expect([...new Set(sights.map(({ sight }) => sight.type))].sort()).toEqual(types.sort());
  });

  it.each(sights)('$reason: $sight.kind $sight.key, $sight.type $sight.status', async ({ reason, sight }) => {
    const look = async () => {
      await nodesSay();
      const found = await condition(sight);
      return `${found?.status} ${found?.reason}: ${found?.message === '' ? '' : 'with a message'}`;
    };
    await expect.poll(look, POLL).toBe(`${sight.status} ${reason}: with a message`);
  });

  it('PlanFailed: the Sluice says so, and what was in force stays', async () => {
    const spec = async () => (await server.get<{ spec: unknown }>(`${OURS}/sluicenodes/node-a`)).spec;
    const before = await spec();
    const label = (value: string | null) =>
      server.request('PATCH', `/api/v1/namespaces/${SHOP}`, {
        metadata: { labels: { [BROKEN_LABEL]: value } },
      });
    await label('yes');
    const sight = house('Programmed', 'False');
    await expect.poll(() => condition(sight), POLL).toMatchObject({ status: 'False', reason: 'PlanFailed' });
    expect((await condition(sight))?.message).toContain('no plan today');
    expect(await spec()).toEqual(before);
    await label(null);
    await expect.poll(async () => (await condition(sight))?.reason, POLL).toBe('WriteFailed');
  });
});
