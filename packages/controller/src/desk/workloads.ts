/** Services and their pods, selected or not, as people are shown them. */
import { INSPECT_ANNOTATION, QUARANTINE_LABEL } from '../kinds/names.ts';
import { slicesByService } from '../plan/claims.ts';
import { byText } from '../plan/order.ts';
import { stateOf } from '../quarantine/record.ts';
import { explainService } from '../view/explain.ts';
import { lookAtService, viewOf } from '../view/index.ts';
import { lookAt, type Seen } from '../view/look.ts';
import type { PodState } from '../view/pods.ts';
import type { ServiceState, ServiceViewOptions } from '../view/services.ts';
import type { Pod, World } from '../world.ts';
import { DESK_LIMITS } from './limits.ts';

export interface ShownPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly owner: string;
  readonly ready: boolean;
  readonly verdict: string;
  readonly reason: string;
  readonly message: string;
  readonly quarantine: { readonly until: string; readonly reason: string; readonly actor: string } | null;
}

export interface ShownService {
  readonly namespace: string;
  readonly name: string;
  readonly selected: boolean;
  readonly because: string;
  readonly policy: string | null;
  readonly mode: string | null;
  readonly verdict: string;
  readonly why: string;
  readonly inspect: boolean | null;
  readonly pods: readonly ShownPod[];
}

export interface Workshop {
  readonly view: ServiceViewOptions;
  readonly world: World;
  /** Keys of pods behind a Service, selected or not. */
  readonly podsOf: (service: string) => readonly string[];
}

export function workshopOf(seen: Seen): Workshop {
  const slices = slicesByService(seen.world);
  return {
    ...{ view: viewOf(seen), world: seen.world },
    podsOf: (service) => {
      const keys = (slices.get(service) ?? []).flatMap(({ namespace, pods }) =>
        pods.map((pod) => `${namespace}/${pod}`),
      );
      return [...new Set(keys)].sort(byText);
    },
  };
}

/** Null where there is none. */
export function shownService(service: string, workshop: Workshop): ShownService | null {
  const { view, world } = workshop;
  const object = world.services.get(service);
  const state = lookAtService(service, view);
  if (object === undefined || state === null) return null;
  const [namespace = '', name = ''] = service.split('/');
  const annotation = object.metadata.annotations[INSPECT_ANNOTATION];
  return {
    ...{ namespace, name, selected: state.selected, because: state.because },
    ...{ policy: state.policy, mode: state.mode, verdict: state.verdict, why: state.why },
    inspect: annotation === 'true' ? true : annotation === 'false' ? false : null,
    pods: podsOf(service, state, workshop).slice(0, DESK_LIMITS.podsShownMax),
  };
}

function podsOf(service: string, { pods }: ServiceState, { world, podsOf: keysOf }: Workshop) {
  const states = new Map(pods.map((each) => [each.pod, each]));
  return keysOf(service).flatMap((key): readonly ShownPod[] => {
    const pod = world.pods.get(key);
    return pod?.alive === true ? [shownPod(pod, states.get(key))] : [];
  });
}

function shownPod(pod: Pod, state: PodState | undefined): ShownPod {
  const { name, uid, node, owner, ready } = pod;
  const { verdict, reason, message } = state ?? { verdict: '', reason: '', message: '' };
  return { name, uid, node, owner, ready, verdict, reason, message, quarantine: quarantineOf(pod) };
}

function quarantineOf(pod: Pod): ShownPod['quarantine'] {
  if (pod.labels[QUARANTINE_LABEL] === undefined) return null;
  const state = stateOf(pod);
  if (state.kind !== 'held') return { until: '', reason: 'somebody has set the label', actor: '' };
  const { until, reason, actor } = state.record;
  return { until: new Date(until).toISOString(), reason, actor };
}

export function shownServices(seen: Seen, isSeen: (namespace: string) => boolean) {
  const workshop = workshopOf(seen);
  const keys = [...seen.world.services.keys()].filter((key) => isSeen(key.slice(0, key.indexOf('/'))));
  const { nodes, unseen } = lookAt(seen);
  return {
    workloads: keys.sort(byText).flatMap((key) => shownService(key, workshop) ?? []),
    nodes: nodes.map(({ node, heardAt, isSilent, problem }) => ({ node, heardAt, isSilent, problem })),
    unseen: [...new Set(unseen.map(({ kind }) => kind))].sort(byText),
  };
}

/** @param inherited false: steps say nothing of objects of the cluster; settings have their sources, by which they are left out */
export function shownStory(seen: Seen, service: string, inherited: boolean) {
  const workshop = workshopOf(seen);
  const { view } = workshop;
  const workload = shownService(service, workshop);
  const state = lookAtService(service, view);
  const told = inherited ? view : { ...view, seesInheritance: false };
  const stateTold = lookAtService(service, told);
  if (workload === null || state === null || stateTold === null) return null;
  const { steps } = explainService(stateTold, told);
  return { workload, steps, settings: explainService(state, view).policy?.settings ?? [] };
}
