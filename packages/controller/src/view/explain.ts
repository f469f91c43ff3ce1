/** From annotation to enforcement, step by step: what holds for one Service, why, and what to do where it does not. */
import type { ClusterWafPolicy, CustomObject, WafPolicy } from '../kinds/objects.ts';
import { effectiveOf } from '../plan/nodes.ts';
import { counted, listed } from '../plan/order.ts';
import type { ObjectReport } from '../plan/plan.ts';
import type { ReportContext } from '../plan/reports/context.ts';
import { type ObjectState, objectState } from './objects.ts';
import type { PodState } from './pods.ts';
import { remedyOf } from './remedies.ts';
import type { ServiceState, ServiceVerdict, ServiceViewOptions } from './services.ts';
import { type SettingOrigin, settingOrigins } from './settings.ts';

/** `no`: nothing goes on from here. `partly`: some of it does. */
export type StepState = 'yes' | 'partly' | 'no' | 'unknown';

export interface Step {
  readonly step: 'selected' | 'policy' | 'ports' | 'nodes' | 'enforced';
  readonly state: StepState;
  /** Sentences. */
  readonly says: readonly string[];
  /** What to do; none where there is nothing to do. */
  readonly remedies: readonly string[];
}

export interface PolicyStory {
  /** Key in sluice.yaml. */
  readonly name: string;
  /** Objects that have a say in it, the cluster's first. */
  readonly objects: readonly ObjectState[];
  readonly settings: readonly SettingOrigin[];
  /** RuleSets whose texts are in force, in their order. */
  readonly ruleSets: readonly string[];
}

export interface Explanation {
  readonly service: string;
  readonly verdict: ServiceVerdict;
  readonly steps: readonly Step[];
  /** Null where it is not selected, or what it inherits may not be seen. */
  readonly policy: PolicyStory | null;
  readonly pods: readonly PodState[];
}

export function explainService(state: ServiceState, view: ServiceViewOptions): Explanation {
  const { service, verdict, pods } = state;
  const policy = state.selected && view.seesInheritance ? policyStory(state, view.context) : null;
  const steps = [
    selectedStep(state),
    ...(state.selected ? [policyStep(state, policy), portsStep(state), nodesStep(state)] : []),
    ...(pods.length === 0 ? [] : [enforcedStep(state)]),
  ];
  return { service, verdict, steps, policy, pods };
}

const step = (
  name: Step['step'],
  state: StepState,
  says: readonly string[],
  remedies: readonly string[] = [],
): Step => ({ step: name, state, says, remedies: [...new Set(remedies)].filter((text) => text !== '') });

const selectedStep = ({ selected, because }: ServiceState): Step =>
  step(
    'selected',
    selected ? 'yes' : 'no',
    [because],
    selected || because.includes('Annotate it') || because.startsWith('Never selected')
      ? []
      : ['Set the annotation sluice.dev/inspect to true.'],
  );

function policyStory({ service, policy }: ServiceState, context: ReportContext): PolicyStory {
  const { world, policies, namespaces } = context;
  const [namespace = ''] = service.split('/');
  const own = policy === null ? undefined : world.policies.get(policy);
  const governing = namespaces.governing(namespace);
  const effective = effectiveOf(own ?? null, governing, policies);
  return {
    name: effective.planned.name,
    objects: objectsOf(own, governing, context),
    settings: settingOrigins(own ?? null, namespace, effective.settings, context),
    ruleSets: [
      ...new Set([...effective.planned.before, ...effective.planned.after].map(({ source }) => source)),
    ],
  };
}

function objectsOf(
  own: WafPolicy | undefined,
  governing: ClusterWafPolicy | null,
  { world }: ReportContext,
): readonly ObjectState[] {
  const chain: readonly (readonly [ObjectReport['kind'], CustomObject<unknown> | null | undefined])[] = [
    ['Sluice', world.sluice],
    ['ClusterWAFPolicy', governing],
    ['WAFPolicy', own],
  ];
  return chain.flatMap(([kind, object]) =>
    object === null || object === undefined ? [] : [objectState(kind, object, world)],
  );
}

function policyStep({ policy, mode }: ServiceState, story: PolicyStory | null): Step {
  if (story === null)
    return step(
      ...(['policy', 'unknown'] as const),
      [
        policy === null
          ? 'Which policy holds cannot be told: what the namespace inherits from may not be seen.'
          : `WAFPolicy ${policy}${mode === null ? '' : `, mode ${mode}`}. What it inherits may not be seen.`,
      ],
      [remedyOf('Hidden')],
    );
  const names = story.objects.map(({ kind, key }) => `${kind} ${key}`);
  const last = names.at(-1);
  const inherits = names.slice(0, -1);
  const who =
    last === undefined
      ? 'Nobody says anything: defaults hold.'
      : `${last} holds${inherits.length === 0 ? '' : `, and inherits from ${listed(inherits.toReversed())}`}.`;
  // Programmed and Enforcing are steps of their own.
  const troubles = story.objects.flatMap(({ kind, key, troubles: found }) =>
    found
      .filter(({ type }) => type === 'Accepted' || type === 'Validated')
      .map(({ reason, message }) => ({ reason, text: `${kind} ${key}: ${reason}. ${message}` })),
  );
  return step(
    'policy',
    troubles.length === 0 ? 'yes' : 'partly',
    [`Mode ${mode ?? 'Detect'}, policy ${story.name}. ${who}`, ...troubles.map(({ text }) => text)],
    troubles.map(({ reason }) => remedyOf(reason)),
  );
}

function portsStep({ ports }: ServiceState): Step {
  const isInspected = ({ protocol, because }: ServiceState['ports'][number]): boolean =>
    !because.includes('cannot be inspected') && protocol !== 'tcp';
  const says = ports.map(
    ({ port, containerPorts = [], protocol, because, policy }) =>
      `Port ${port}${containerPorts.length === 0 ? '' : ` (container ${containerPorts.join(', ')})`} speaks ${protocol}: ${because}${policy === undefined ? '' : `; its policy is ${policy}`}.`,
  );
  const inspected = ports.filter(isInspected).length;
  if (inspected === ports.length) return step('ports', ports.length === 0 ? 'no' : 'yes', says);
  const remedies = [remedyOf('NothingToInspect'), 'Of TLS: name its Secret in tls of the WAFPolicy.'];
  return step('ports', inspected === 0 ? 'no' : 'partly', says, remedies);
}

/** Whether the nodes of its pods have been told, and are heard. */
function nodesStep({ pods }: ServiceState): Step {
  if (pods.length === 0)
    return step(
      ...(['nodes', 'no'] as const),
      ['No pod that runs stands behind it.'],
      ['Check the selector of the Service, and whether its pods run.'],
    );
  const away = ['NodeNotTold', 'NodeMissing', 'NodeSilent', 'Hidden', 'Pending', 'NodesBehind'];
  const waiting = pods.filter(({ reason }) => away.includes(reason));
  const nodes = new Set(pods.map(({ node }) => node).filter((node) => node !== ''));
  const all = `${counted(pods.length, 'pod')} on ${counted(nodes.size, 'node')}: ${listed([...nodes].sort())}.`;
  const isHidden = waiting.some(({ reason }) => reason === 'Hidden');
  const state =
    waiting.length === 0 ? 'yes' : isHidden ? 'unknown' : waiting.length < pods.length ? 'partly' : 'no';
  const messages = [...new Set(waiting.map(({ message }) => message))];
  return step(
    'nodes',
    state,
    [all, ...messages],
    waiting.map(({ reason }) => remedyOf(reason)),
  );
}

const ENFORCED: Readonly<Record<ServiceVerdict, StepState>> = {
  ...{ NotSelected: 'no', NoPods: 'no', Enforced: 'yes', PartlyEnforced: 'partly', NotEnforced: 'no' },
  ...{ NotProbed: 'unknown', Off: 'no', Unknown: 'unknown' },
};

function enforcedStep({ pods, verdict, nodes }: ServiceState): Step {
  const enforced = pods.filter((pod) => pod.verdict === 'Enforced').length;
  const count = `Probes through each pod's own Envoy were answered as the policy says on ${enforced} of ${counted(pods.length, 'pod')}, ${nodes.enforced} of ${counted(nodes.all, 'node')}.`;
  const others = pods.filter((pod) => pod.verdict !== 'Enforced');
  const says = others.map(
    ({ pod, node, reason, message }) =>
      `${pod}${node === '' ? '' : ` on ${node}`}: ${reason}${message === '' ? '' : `. ${message}`}`,
  );
  return step(
    'enforced',
    ENFORCED[verdict],
    [count, ...says],
    others.map(({ reason }) => remedyOf(reason)),
  );
}
