/** What of Calico's objects is honoured, and what is said of the rest. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CALICO_KINDS, type CalicoKind } from '../../src/calico/kinds.ts';
import { NO_CALICO_OBJECTS, translateCalico } from '../../src/calico/translate.ts';
import { specProblems } from '../../src/kinds/parse.ts';

interface Given {
  readonly kind: CalicoKind;
  readonly name: string;
  readonly namespace?: string;
  readonly spec: unknown;
}

function translated(given: readonly Given[], names: 'beside' | 'own' = 'beside') {
  const objects = Object.keys(CALICO_KINDS).map((kind) => [
    kind,
    given
      .filter((each) => each.kind === kind)
      .map(({ name, namespace, spec }) => ({ metadata: { name, ...(namespace && { namespace }) }, spec })),
  ]);
  return translateCalico({ ...NO_CALICO_OBJECTS, ...Object.fromEntries(objects) }, { names });
}

const layer = (spec: unknown, name = 'tigera-secure'): Given => ({ kind: 'ApplicationLayer', name, spec });
const alert = (spec: object): Given => ({
  kind: 'GlobalAlert',
  name: 'sqli',
  // As JSON has it: without what is undefined.
  spec: JSON.parse(JSON.stringify({ description: 'd', severity: 1, dataSet: 'waf', ...spec })),
});
/** Path and reason of what is not honoured of the first object. */
const notes = (given: Given): Readonly<Record<string, string>> =>
  Object.fromEntries(translated([given]).reports[0]!.notHonoured.map(({ path, reason }) => [path, reason]));

describe('ApplicationLayer', () => {
  it('turns the annotation on where the firewall is enabled, and says nothing of it', () => {
    const { annotationSelects, reports } = translated([layer({ webApplicationFirewall: 'Enabled' })]);
    expect(annotationSelects).toBe(true);
    expect(reports).toEqual([
      {
        apiVersion: 'operator.tigera.io/v1',
        kind: 'ApplicationLayer',
        namespace: '',
        name: 'tigera-secure',
        generation: 0,
        accepted: true,
        notHonoured: [],
      },
    ]);
  });

  it.each([
    ['is disabled', layer({ webApplicationFirewall: 'Disabled' })],
    ['is not said', layer({ logCollection: { collectLogs: 'Enabled' } })],
    ['is of another name', layer({ webApplicationFirewall: 'Enabled' }, 'mine')],
    ['is nonsense', layer({ webApplicationFirewall: 'On' })],
  ])('leaves the annotation off where it %s', (_, given) => {
    const { annotationSelects, reports } = translated([given]);
    expect(annotationSelects).toBe(false);
    expect(reports[0]?.notHonoured.length).toBeGreaterThan(0);
  });

  it.each([
    ['spec.applicationLayerPolicy', { applicationLayerPolicy: 'Enabled' }, "Calico's own"],
    ['spec.sidecarInjection', { sidecarInjection: 'Enabled' }, 'injects no sidecars'],
    ['spec.l7LogCollectorDaemonSet', { l7LogCollectorDaemonSet: { spec: {} } }, 'values of the chart'],
    ['spec.logCollection.collectLogs', { logCollection: { collectLogs: 'Enabled' } }, 'counted in any case'],
    ['spec.logCollection.logIntervalSeconds', { logCollection: { logIntervalSeconds: 5 } }, 'sluice.yaml'],
    ['spec.logCollection.logRequestsPerInterval', { logCollection: { logRequestsPerInterval: -1 } }, 'l7'],
    ['spec.envoy.xffNumTrustedHops', { envoy: { xffNumTrustedHops: 1 } }, 'name the proxies'],
    ['spec.envoy.useRemoteAddress', { envoy: { useRemoteAddress: false } }, 'choose its address'],
    ['spec.newest', { newest: 1 }, 'does not know'],
  ])('names %s, which is not honoured', (path, part, reason) => {
    const said = notes(layer({ webApplicationFirewall: 'Enabled', ...part }));
    expect(Object.keys(said)).toEqual([path]);
    expect(said[path]).toContain(reason);
  });

  it('has nothing to say where a field is as Sluice does it anyway', () => {
    const envoy = { xffNumTrustedHops: 0, useRemoteAddress: true };
    const spec = { webApplicationFirewall: 'Enabled', applicationLayerPolicy: 'Disabled', envoy };
    expect(
      notes(layer({ ...spec, sidecarInjection: 'Disabled', logCollection: { collectLogs: 'Disabled' } })),
    ).toEqual({});
  });
});

describe('policies and plugins', () => {
  const text = (slot: string) => `# ${slot}`;
  const whole = (name: string) => ({
    config: text(`${name}.config`),
    before: text(`${name}.before`),
    rules: text(`${name}.rules`),
    after: text(`${name}.after`),
  });
  const target = { kind: 'HTTPRoute', name: 'cart', sectionName: 'r1' };

  it('become ours, with what Calico lets namespaces decide', () => {
    const { clusterPolicies, policies, reports } = translated([
      {
        kind: 'GlobalWAFPolicy',
        name: 'default',
        spec: { defaultAction: 'Block', coreRuleSet: { paranoiaLevel: 2 } },
      },
      {
        kind: 'WAFPolicy',
        name: 'cart',
        namespace: 'shop',
        spec: { targetRefs: [target], action: 'Detect', coreRuleSet: { state: 'Enabled' } },
      },
    ]);
    expect(clusterPolicies).toMatchObject([
      {
        metadata: { name: 'calico_default' },
        spec: { defaults: { mode: 'Block', paranoia: 2 }, allow: { mode: 'Detect', paranoia: 1 } },
      },
    ]);
    expect(policies).toMatchObject([{ metadata: { name: 'calico_cart', namespace: 'shop' } }]);
    expect(policies[0]?.spec).toEqual({
      targetRefs: [{ group: 'gateway.networking.k8s.io', ...target }],
      mode: 'Detect',
    });
    expect(reports.flatMap(({ notHonoured }) => notHonoured)).toEqual([]);
  });

  it('inherit what they do not say', () => {
    const { clusterPolicies, policies } = translated([
      { kind: 'GlobalWAFPolicy', name: 'default', spec: {} },
      { kind: 'WAFPolicy', name: 'cart', namespace: 'shop', spec: { targetRefs: [target] } },
    ]);
    expect(clusterPolicies[0]?.spec).not.toHaveProperty('defaults');
    expect(Object.keys(policies[0]?.spec ?? {})).toEqual(['targetRefs']);
  });

  it('keep the order of SecLang: all config before all before, all rules before all after', () => {
    const { policies, ruleSets } = translated([
      {
        kind: 'WAFPolicy',
        name: 'cart',
        namespace: 'shop',
        spec: { targetRefs: [target], plugins: [{ name: 'b' }, { kind: 'WAFPlugin', name: 'a' }] },
      },
      { kind: 'WAFPlugin', name: 'a', namespace: 'shop', spec: whole('a') },
      { kind: 'WAFPlugin', name: 'b', namespace: 'shop', spec: whole('b') },
    ]);
    const byName = new Map(ruleSets.map(({ metadata, spec }) => [metadata.name, spec]));
    const ordered = (policies[0]?.spec.ruleSets ?? []).map((name) => byName.get(name));
    expect(ordered.map((spec) => spec?.before)).toEqual(
      ['b.config', 'a.config', 'b.before', 'a.before'].map(text),
    );
    expect(ordered.map((spec) => spec?.after)).toEqual(
      ['b.rules', 'a.rules', 'b.after', 'a.after'].map(text),
    );
    expect(ruleSets.every(({ metadata }) => metadata.namespace === 'shop')).toBe(true);
  });

  it("stand in Sluice's own namespace where they are of the cluster, and name the order that is another", () => {
    const { clusterPolicies, ruleSets, reports } = translated([
      {
        kind: 'GlobalWAFPolicy',
        name: 'default',
        spec: {
          plugins: [
            { kind: 'GlobalWAFPlugin', name: 'g' },
            { kind: 'WAFPlugin', name: 'x' },
          ],
        },
      },
      { kind: 'GlobalWAFPlugin', name: 'g', spec: whole('g') },
      {
        kind: 'WAFPolicy',
        name: 'cart',
        namespace: 'shop',
        spec: { targetRefs: [target], plugins: [{ name: 'n' }] },
      },
      { kind: 'WAFPlugin', name: 'n', namespace: 'shop', spec: whole('n') },
    ]);
    expect(clusterPolicies[0]?.spec.ruleSets).toEqual(['calico_g', 'calico_g_late']);
    expect(ruleSets.filter(({ metadata }) => metadata.namespace === 'sluice-system')).toHaveLength(2);
    const said = (kind: string) => reports.find((report) => report.kind === kind)?.notHonoured;
    expect(said('GlobalWAFPolicy')).toEqual([
      { path: 'spec.plugins[1]', reason: 'here stand plugins of kind GlobalWAFPlugin' },
    ]);
    expect(said('WAFPolicy')?.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('config of this namespace stands behind before'),
      expect.stringContaining('rules and after of this namespace stand behind after'),
    ]);
  });

  it('that name a plugin which is not there keep its name, so that they do not come into force without it', () => {
    const spec = { targetRefs: [target], plugins: [{ name: 'gone' }] };
    const { policies } = translated([{ kind: 'WAFPolicy', name: 'cart', namespace: 'shop', spec }]);
    expect(policies[0]?.spec.ruleSets).toEqual(['calico_gone']);
  });

  it.each<[string, Given, string, string]>([
    [
      'a CRS that is switched off',
      { kind: 'GlobalWAFPolicy', name: 'default', spec: { coreRuleSet: { state: 'Disabled' } } },
      'spec.coreRuleSet.state',
      'always runs the CRS',
    ],
    [
      'the deprecated switch',
      { kind: 'GlobalWAFPolicy', name: 'default', spec: { coreRuleSet: { enabled: true } } },
      'spec.coreRuleSet.enabled',
      'deprecated',
    ],
    ['another name', { kind: 'GlobalWAFPolicy', name: 'strict', spec: {} }, 'metadata.name', 'named default'],
    [
      'a target of another group',
      { kind: 'WAFPolicy', name: 'a', namespace: 'shop', spec: { targetRefs: [{ ...target, group: 'x' }] } },
      'spec.targetRefs[0].group',
      'only gateway.networking.k8s.io',
    ],
    [
      'no target',
      { kind: 'WAFPolicy', name: 'a', namespace: 'shop', spec: {} },
      'spec.targetRefs',
      'expected array',
    ],
    [
      'an empty plugin',
      { kind: 'WAFPlugin', name: 'a', namespace: 'shop', spec: { config: ' ' } },
      'spec',
      'not empty',
    ],
  ])('tell %s', (_, given, path, reason) => {
    const said = notes(given);
    expect(Object.keys(said)).toEqual([path]);
    expect(said[path]).toContain(reason);
  });

  it('have names of their own where they will be applied', () => {
    const { policies, ruleSets } = translated(
      [
        {
          kind: 'WAFPolicy',
          name: 'cart',
          namespace: 'shop',
          spec: { targetRefs: [target], plugins: [{ name: 'n' }] },
        },
        { kind: 'WAFPlugin', name: 'n', namespace: 'shop', spec: whole('n') },
      ],
      'own',
    );
    expect(policies[0]).toMatchObject({ metadata: { name: 'cart' }, spec: { ruleSets: ['n', 'n-late'] } });
    expect(ruleSets.map(({ metadata }) => metadata.name)).toEqual(['n', 'n-late']);
    expect(specProblems('WAFPolicy', policies[0]?.spec)).toEqual([]);
  });
});

describe('GlobalAlert', () => {
  it('of the post on 942100 is an alert as it stands', () => {
    const spec = parse(`
      summary: "WAF new waf-alert-942100"
      description: "Test WAF Global Alert"
      severity: 1
      dataSet: waf
      period: 1m
      lookback: 1h
      query: '"rule_info" IN {"*942100*"}'
      threshold: 0
      condition: gt`);
    const { alerts, reports } = translated([{ kind: 'GlobalAlert', name: 'sqli', spec }]);
    expect(alerts).toMatchObject([{ metadata: { name: 'calico_sqli', namespace: 'sluice-system' } }]);
    expect(alerts[0]?.spec).toEqual(spec);
    expect(reports[0]).toMatchObject({ accepted: true, notHonoured: [] });
  });

  it('keeps everything that both have', () => {
    const spec = {
      ...{
        type: 'RuleBased',
        description: 'd',
        summary: '$'.concat('{count}'),
        severity: 100,
        dataSet: 'waf',
      },
      ...{
        period: '5m',
        lookback: '10m',
        query: 'source.ip IN $'.concat('{bad}'),
        aggregateBy: ['source.ip'],
      },
      ...{ metric: 'max', field: 'waf.scores.sql_injection_score', condition: 'gte', threshold: 2.5 },
      substitutions: [{ name: 'bad', values: ['10.0.0.1'] }],
    };
    expect(translated([alert(spec)]).alerts[0]?.spec).toEqual(spec);
  });

  it('takes a text for a list of one field, as one of Calico’s examples has it', () => {
    expect(translated([alert({ aggregateBy: 'source.ip' })]).alerts[0]?.spec.aggregateBy).toEqual([
      'source.ip',
    ]);
  });

  it('has a severity that Sluice knows', () => {
    const { alerts, reports } = translated([alert({ severity: 0 })]);
    expect(alerts[0]?.spec.severity).toBe(1);
    expect(reports[0]?.notHonoured).toEqual([
      { path: 'spec.severity', reason: 'taken as 1: a severity is 1 to 100' },
    ]);
  });

  it.each<[string, object, string, string]>([
    ['records that Sluice has not', { dataSet: 'flows' }, 'spec.dataSet', 'no flows'],
    ['no data set', { dataSet: undefined }, 'spec.dataSet', 'dataSet is required'],
    ['a detector', { detector: { name: 'x' } }, 'spec.detector', 'no anomalies'],
    ['a query that is none', { query: 'a = ' }, 'spec.query', 'column'],
    [
      'a field that is not there',
      { aggregateBy: ['client_ip'] },
      'spec.aggregateBy[0]',
      'no field client_ip',
    ],
    ['a period that is too odd', { period: '5 minutes' }, 'spec.period', 'a duration'],
    ['a field without a metric', { field: 'source.ip' }, 'spec', 'field without metric is invalid'],
    ['a count of a field', { metric: 'count', field: 'a', condition: 'gt' }, 'spec', 'count metric cannot'],
    ['a sum of nothing', { metric: 'sum', condition: 'gt' }, 'spec', 'non-count metrics require a field'],
    ['a metric that is not compared', { metric: 'count' }, 'spec', 'metrics require a condition'],
  ])('is refused with %s', (_, part, path, reason) => {
    const { alerts, reports } = translated([alert(part)]);
    expect(alerts).toEqual([]);
    expect(reports[0]).toMatchObject({ accepted: false });
    const said = reports[0]?.notHonoured.find((each) => each.path === path);
    expect(said?.reason).toContain(reason);
  });
});
