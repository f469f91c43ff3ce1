/** Where Calico manages its kinds itself, nothing of them is acted on; else every object is told what of it is not honoured. */
import { describe, expect, it } from 'vitest';
import { type CalicoPresence, managerOf } from '../../src/calico/presence.ts';
import { calicoInput, memoised } from '../../src/calico/state.ts';
import { statusesOf } from '../../src/calico/statuses.ts';
import { NO_CALICO_OBJECTS } from '../../src/calico/translate.ts';
import type { Sluice } from '../../src/kinds/objects.ts';
import type { ObjectReport } from '../../src/plan/plan.ts';

const NONE: CalicoPresence = { aggregatedGroups: [], operator: false, installationVariant: null };

const raw = (name: string, spec: unknown, namespace?: string) => ({
  metadata: { name, generation: 4, ...(namespace && { namespace }) },
  spec,
});

const objects = {
  ...NO_CALICO_OBJECTS,
  ApplicationLayer: [
    raw('tigera-secure', { webApplicationFirewall: 'Enabled', sidecarInjection: 'Enabled' }),
  ],
  WAFPolicy: [
    raw('cart', { targetRefs: [{ kind: 'Gateway', name: 'g' }], plugins: [{ name: 'p' }] }, 'shop'),
  ],
  WAFPlugin: [raw('p', { config: 'a', before: 'b' }, 'shop')],
  GlobalAlert: [raw('flows', { description: 'd', severity: 1, dataSet: 'flows' })],
};

const metadata = {
  ...{ name: 'sluice', uid: '', generation: 1, creationTimestamp: '', resourceVersion: '' },
  ...{ labels: {}, annotations: {} },
};
const never: Sluice = { metadata, spec: { calico: 'Never' } };

describe("Calico's kinds", () => {
  it.each<[string, Partial<CalicoPresence>, string | null]>([
    ['nothing of Calico', {}, null],
    [
      'the open-source product',
      { operator: true, installationVariant: 'Calico', aggregatedGroups: ['projectcalico.org'] },
      null,
    ],
    [
      'the enterprise product',
      { operator: true, installationVariant: 'TigeraSecureEnterprise' },
      'TigeraSecureEnterprise',
    ],
    ['an Installation that does not say', { installationVariant: '' }, 'not known'],
    ['an operator that waits', { operator: true }, 'tigera-operator'],
    [
      'an API server of its own',
      { aggregatedGroups: ['applicationlayer.projectcalico.org'] },
      'applicationlayer.projectcalico.org',
    ],
    ['an API server of somebody else', { aggregatedGroups: ['metrics.k8s.io'] }, null],
  ])('are managed or not with %s', (_, presence, manager) => {
    const found = managerOf({ ...NONE, ...presence });
    if (manager === null) expect(found).toBeNull();
    else expect(found).toContain(manager);
  });

  it('are not read where a controller of Calico manages them', () => {
    const presence = { ...NONE, installationVariant: 'TigeraSecureEnterprise' };
    const input = calicoInput({ objects, presence, sluice: null });
    expect(input).toMatchObject({ state: { annotationSelects: false, reports: [] } });
    expect([input.policies.size, input.ruleSets.size, input.alerts.size]).toEqual([0, 0, 0]);
  });

  it('are not read where the installation says so', () => {
    expect(calicoInput({ objects, presence: NONE, sluice: never }).state).toBeNull();
  });

  it('stand beside ours by keys that no object of ours can have', () => {
    const input = calicoInput({ objects, presence: NONE, sluice: null });
    expect(input.state?.annotationSelects).toBe(true);
    expect([...input.policies.keys()]).toEqual(['shop/calico_cart']);
    expect([...input.ruleSets.keys()]).toEqual(['shop/calico_p', 'shop/calico_p_late']);
  });

  it('come to the same objects while nothing changes, and to others when something does', () => {
    const ask = memoised();
    const first = ask({ objects, presence: NONE, sluice: null });
    expect(ask({ objects: { ...objects }, presence: { ...NONE }, sluice: null })).toBe(first);
    expect(ask({ objects: { ...objects, WAFPlugin: [] }, presence: NONE, sluice: null })).not.toBe(first);
    const back = ask({ objects, presence: NONE, sluice: null });
    expect(ask({ objects, presence: NONE, sluice: never })).not.toBe(back);
  });
});

describe('statuses', () => {
  const fact = (type: 'Accepted' | 'Validated', status: 'True' | 'False', message = '') =>
    ({ type, status, reason: status === 'True' ? 'Accepted' : 'SecLangInvalid', message }) as const;
  const planned: readonly ObjectReport[] = [
    { kind: 'Sluice', key: 'sluice', generation: 1, conditions: [fact('Accepted', 'True', 'Fine.')] },
    { kind: 'WAFPolicy', key: 'shop/cart', generation: 2, conditions: [fact('Accepted', 'True')] },
    {
      kind: 'WAFPolicy',
      key: 'shop/calico_cart',
      generation: 4,
      conditions: [fact('Accepted', 'True', 'Fine.')],
    },
    { kind: 'RuleSet', key: 'shop/calico_p', generation: 4, conditions: [fact('Validated', 'True')] },
    {
      kind: 'RuleSet',
      key: 'shop/calico_p_late',
      generation: 4,
      conditions: [fact('Validated', 'False', 'bad')],
    },
  ];
  const { state } = calicoInput({ objects, presence: NONE, sluice: null });
  const statuses = statusesOf(planned, state);
  const of = (apiVersion: string, kind: string) =>
    statuses.filter((status) => status.apiVersion === apiVersion && status.kind === kind);

  it('of ours are as the planner says, and none of them is of a translated object', () => {
    expect(of('sluice.dev/v1alpha1', 'WAFPolicy')).toMatchObject([
      { plural: 'wafpolicies', namespace: 'shop', name: 'cart', generation: 2 },
    ]);
    expect(of('sluice.dev/v1alpha1', 'RuleSet')).toEqual([]);
  });

  it("of a translated object go to Calico's, the worse of two RuleSets of one plugin", () => {
    expect(of('applicationlayer.projectcalico.org/v3', 'WAFPolicy')).toMatchObject([
      {
        plural: 'wafpolicies',
        namespace: 'shop',
        name: 'cart',
        conditions: [{ type: 'Accepted', message: 'Fine.' }],
      },
    ]);
    const [plugin] = of('applicationlayer.projectcalico.org/v3', 'WAFPlugin');
    expect(plugin?.conditions.find(({ type }) => type === 'Validated')).toMatchObject({
      status: 'False',
      message: 'bad',
    });
  });

  it('say what is not honoured', () => {
    expect(of('operator.tigera.io/v1', 'ApplicationLayer')).toMatchObject([
      {
        extra: { state: 'Ready' },
        conditions: [
          { status: 'True', message: expect.stringContaining('spec.sidecarInjection (Sluice injects no') },
        ],
      },
    ]);
    expect(of('projectcalico.org/v3', 'GlobalAlert')).toMatchObject([
      {
        extra: { active: false, errorConditions: [{ message: expect.stringContaining('spec.dataSet') }] },
        conditions: [{ type: 'Accepted', status: 'False', reason: 'NotSupported' }],
      },
    ]);
  });

  it("of the installation say that Calico's kinds are not read where Calico manages them", () => {
    const managed = { annotationSelects: false, managedBy: 'the Installation', reports: [] };
    const [sluice] = statusesOf(planned, managed);
    expect(sluice?.conditions).toMatchObject([
      {
        status: 'True',
        reason: 'ManagedByCalico',
        message: expect.stringContaining('the Installation manages them'),
      },
    ]);
  });
});
