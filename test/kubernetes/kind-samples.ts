/** Objects of our kinds: ones that say all that they can, and ones that are refused. */
import type { KindName } from '../../packages/controller/src/kinds/definitions.ts';
import type {
  AlertSpec,
  ClusterWafPolicySpec,
  PolicySettings,
  RuleSetSpec,
  SluiceSpec,
  WafPolicySpec,
} from '../../packages/controller/src/kinds/objects.ts';

export const ALL_SETTINGS: Required<PolicySettings> = {
  ...{ mode: 'Block', paranoia: 3, thresholds: { inbound: 7, outbound: 9 }, unavailable: 'Open' },
  staged: { paths: ['/cart', '/api/*'], percent: 12.5 },
  uninspectable: { default: 'deny', overrides: { body_size: 'allow', query_arguments: 'deny' } },
  exclusions: [
    {
      rules: [942_100, '942200-942299'],
      tags: ['attack-sqli'],
      targets: ['ARGS:comment'],
      paths: ['/reviews/*'],
      reason: 'people quote SQL there',
      owner: 'team-reviews',
      expires: '2099-12-31',
    },
  ],
  addresses: { deny: ['192.0.2.0/24', 'fd00::/8'], allow: ['198.51.100.7'] },
  body: { bytesMax: 1_000_000, noFilesBytesMax: 100_000, filesBytesMax: 5_000_000, beyond: 'Partial' },
  responses: { inspect: true, mediaTypes: ['text/html'], bytesMax: 100_000, beyond: 'Refuse' },
  ...{ upgrades: 'Deny', profile: 'window' },
  blockPage: {
    status: 406,
    bodies: [{ contentType: 'application/json', template: '{"id": "{{request_id}}"}' }],
    headers: { 'x-help': 'https://help.example' },
  },
  events: { sampleClean: 100, hash: true, mask: { names: ['pin'], headers: ['x-account'] } },
  ...{ dataPath: 'ext_proc', uninspected: 'Allow', paths: 'Strict' },
};

const SELECTOR = {
  matchLabels: { app: 'cart' },
  matchExpressions: [
    { key: 'tier', operator: 'In', values: ['a', 'b'] },
    { key: 'old', operator: 'DoesNotExist' },
  ],
} as const;

const SLUICE: Required<SluiceSpec> = {
  defaults: ALL_SETTINGS,
  excludedNamespaces: ['sandbox'],
  trustedProxies: ['10.0.0.0/8'],
  quarantine: {
    ...{ automatic: 'Act', podsPerWorkloadAndHour: 0, expirySeconds: 60 },
    neverNamespaces: ['payments'],
  },
  calico: 'Never',
};

const CLUSTER: Required<ClusterWafPolicySpec> = {
  namespaceSelector: SELECTOR,
  select: 'All',
  defaults: ALL_SETTINGS,
  allow: {
    ...{ mode: 'Detect', paranoia: 1, thresholds: { inbound: 10, outbound: 8 } },
    exclusions: [942_100, '942200-942299', '*'],
    unavailable: ['Open', 'Closed'],
    uninspectable: ['body_size'],
    ...{ addresses: true, uninspected: false, ruleSets: false },
  },
  ruleSets: ['company'],
};

const POLICY: WafPolicySpec = {
  ...ALL_SETTINGS,
  targetRefs: [
    { group: '', kind: 'Service', name: 'cart', sectionName: 'http' },
    { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'cart' },
  ],
  ruleSets: ['own'],
  tls: [{ port: 'https', secretName: 'cart-tls' }],
};

const RULE_SET: Required<RuleSetSpec> = {
  before: 'SecAction "id:1000,phase:1,pass"',
  after: 'SecRule ARGS "@contains x" "id:1001,phase:2,deny"',
  tests: [
    {
      name: 'x is denied',
      request: { method: 'POST', uri: '/?a=x', headers: { host: 'a' }, body: 'a=x' },
      expect: { matched: [1001], notMatched: [942_100], denied: true },
    },
  ],
};

const ALERT: Required<AlertSpec> = {
  ...{ type: 'RuleBased', description: 'd', summary: 's', severity: 100, dataSet: 'waf' },
  ...{ period: '1m', lookback: '1h30m', query: 'waf.rules.id = 942100', aggregateBy: ['source.ip'] },
  ...{ metric: 'max', field: 'waf.scores.sql_injection_score', condition: 'gte', rise: 2, threshold: 2.5 },
  substitutions: [{ name: 'bad', values: ['10.0.0.1'] }],
  actions: [
    { type: 'Notify', notify: { receiver: 'team' } },
    { type: 'Quarantine', quarantine: { automatic: 'Act', expirySeconds: 3_600 } },
  ],
  ...{ key: ['source.ip'], cooldown: '2h', owner: 'security' },
};

/** By kind, what says all that it can; of a WAFPolicy but for the selector that targets rule out. */
export const WHOLE: Partial<Record<KindName, object>> = {
  Sluice: SLUICE,
  ClusterWAFPolicy: CLUSTER,
  WAFPolicy: POLICY,
  RuleSet: RULE_SET,
  Alert: ALERT,
};

const alert = (part: object) => ({ description: 'd', severity: 1, dataSet: 'waf', ...part });
const test = (part: object) => ({
  before: 'a',
  tests: [{ name: 'n', request: { uri: '/' }, expect: {}, ...part }],
});
const target = (part: object) => ({ targetRefs: [{ kind: 'Service', name: 'cart', ...part }] });

/** Kind, what is wrong, the spec, what the API server says of it. */
export const REFUSED: readonly (readonly [KindName, string, object, string])[] = [
  ['Sluice', 'another name', {}, 'the installation is one object, named sluice'],
  ['Sluice', 'a namespace that is none', { excludedNamespaces: ['Kube'] }, 'should match'],
  ['Sluice', 'a quarantine of a second', { quarantine: { expirySeconds: 1 } }, 'greater than or equal to 60'],
  [
    'WAFPolicy',
    'a mode that is none',
    { mode: 'On' },
    'supported values: \\"Off\\", \\"Detect\\", \\"Block\\"',
  ],
  ['WAFPolicy', 'a paranoia level that is none', { paranoia: 5 }, 'less than or equal to 4'],
  [
    'WAFPolicy',
    'rule files',
    { ruleFiles: { before: ['/etc/passwd'] } },
    'ruleFiles: field not declared in schema',
  ],
  [
    'WAFPolicy',
    'an exclusion of nothing',
    { exclusions: [{ paths: ['/'] }] },
    'an exclusion names rules or tags',
  ],
  ['WAFPolicy', 'a range that is none', { exclusions: [{ rules: ['942*'] }] }, 'should match'],
  [
    'WAFPolicy',
    'a cause that is none',
    { uninspectable: { overrides: { tired: 'allow' } } },
    'overrides.tired: field not declared in schema',
  ],
  [
    'WAFPolicy',
    'limits at odds',
    { body: { bytesMax: 1, noFilesBytesMax: 2 } },
    'noFilesBytesMax is more than bytesMax',
  ],
  [
    'WAFPolicy',
    'a status that is no refusal',
    { blockPage: { status: 200 } },
    'greater than or equal to 400',
  ],
  [
    'WAFPolicy',
    'targets and a selector',
    { ...target({}), workloadSelector: {} },
    'a policy has targetRefs or a workloadSelector, not both',
  ],
  ['WAFPolicy', 'no target in a list of them', { targetRefs: [] }, 'should have at least 1 items'],
  ['WAFPolicy', 'a Gateway of no group', target({ kind: 'Gateway' }), 'group is empty for a Service'],
  [
    'WAFPolicy',
    'a Service of a group',
    target({ group: 'gateway.networking.k8s.io' }),
    'group is empty for a Service',
  ],
  ['WAFPolicy', 'a target of another kind', target({ kind: 'Deployment' }), 'supported values'],
  [
    'WAFPolicy',
    'a selector of no values',
    { workloadSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
    'In and NotIn take values',
  ],
  [
    'WAFPolicy',
    'two keys of one port',
    { tls: ['a', 'b'].map((secretName) => ({ port: 'https', secretName })) },
    'duplicate entries for key',
  ],
  ['ClusterWAFPolicy', 'an allowance that is none', { allow: { exclusions: ['all'] } }, 'should match'],
  [
    'ClusterWAFPolicy',
    'a choice that is none',
    { select: 'None' },
    'supported values: \\"Annotated\\", \\"All\\"',
  ],
  ['RuleSet', 'no SecLang', { before: '' }, 'a RuleSet has SecLang, in before or in after'],
  ['RuleSet', 'a test of nothing', test({}), 'a test expects something'],
  [
    'RuleSet',
    'a test without a request',
    test({ request: undefined, expect: { denied: true } }),
    'request: Required',
  ],
  ['RuleSet', 'too much SecLang', { before: '#'.repeat(262_145) }, 'may not be more than 262144'],
  ['Alert', 'no description', { severity: 1, dataSet: 'waf' }, 'description: Required'],
  [
    'Alert',
    'a data set that Sluice has not',
    alert({ dataSet: 'flows' }),
    'supported values: \\"waf\\", \\"l7\\"',
  ],
  ['Alert', 'a severity of nothing', alert({ severity: 0 }), 'greater than or equal to 1'],
  ['Alert', 'a field without a metric', alert({ field: 'a' }), 'field without metric is invalid'],
  [
    'Alert',
    'a count of a field',
    alert({ metric: 'count', field: 'a', condition: 'gt' }),
    'count metric cannot be applied to a field',
  ],
  [
    'Alert',
    'a sum of nothing',
    alert({ metric: 'sum', condition: 'gt' }),
    'non-count metrics require a field',
  ],
  ['Alert', 'a metric that is not compared', alert({ metric: 'count' }), 'metrics require a condition'],
  ['Alert', 'a period too short', alert({ period: '59s' }), 'at least 1m'],
  ['Alert', 'a period that is none', alert({ period: 'often' }), 'should match'],
  ['Alert', 'a receiver of no notice', alert({ actions: [{ type: 'Notify' }] }), 'type Notify has notify'],
  [
    'Alert',
    'a quarantine in a notice',
    alert({ actions: [{ type: 'Notify', notify: { receiver: 'a' }, quarantine: {} }] }),
    'quarantine is for type Quarantine',
  ],
];
