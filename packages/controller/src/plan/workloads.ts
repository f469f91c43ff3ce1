/** Who stands behind an address: all pods, selected or not, for a client may be any of them. */
import type { EndpointSlice, Pod, World } from '../world.ts';
import { WORKLOAD_LABEL_CHARACTERS_MAX, WORKLOAD_LABELS_MAX, WORKLOAD_SERVICES_MAX } from './limits.ts';
import type { Memo } from './memo.ts';
import { byKey, byText } from './order.ts';
import type { Workload } from './plan.ts';

/** Labels by which people know a workload, in the order in which they are kept. */
const KNOWN_LABELS = [
  'app',
  'app.kubernetes.io/name',
  'app.kubernetes.io/instance',
  'app.kubernetes.io/component',
  'app.kubernetes.io/part-of',
  'app.kubernetes.io/version',
  'k8s-app',
  'version',
] as const;

export function workloadsOf(
  world: World,
  slices: ReadonlyMap<string, readonly EndpointSlice[]>,
  kept: Memo<Workload>,
): readonly Workload[] {
  const services = servicesByPod(slices);
  const pods = [...world.pods].filter(([, pod]) => isNamed(pod)).sort(byKey);
  const owners = ownersOf(pods.map(([, pod]) => pod));
  return pods.flatMap(([key, pod]) => {
    const addresses = pod.addresses.filter((address) => owners.get(address) === pod);
    if (addresses.length === 0) return [];
    const names = [...(services.get(key) ?? [])].sort(byText).slice(0, WORKLOAD_SERVICES_MAX);
    return [kept.of(pod, [addresses.join(), names.join()], () => workloadOf(pod, addresses, names))];
  });
}

/** The address of a pod on the host network is its node's, and many stand behind it. */
const isNamed = ({ alive, hostNetwork, addresses }: Pod): boolean =>
  alive && !hostNetwork && addresses.length > 0;

/** An address that two pods have is the ready one's; where that does not decide, nobody's: a wrong name is worse than none. */
function ownersOf(pods: readonly Pod[]): ReadonlyMap<string, Pod | null> {
  const owners = new Map<string, Pod | null>();
  const all = new Map<string, Pod[]>();
  for (const pod of pods) {
    for (const address of new Set(pod.addresses)) {
      const there = all.get(address);
      if (there === undefined) {
        all.set(address, [pod]);
        owners.set(address, pod);
        continue;
      }
      there.push(pod);
      const ready = there.filter((each) => each.ready);
      owners.set(address, ready.length === 1 ? (ready[0] ?? null) : null);
    }
  }
  return owners;
}

function servicesByPod(
  slices: ReadonlyMap<string, readonly EndpointSlice[]>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const services = new Map<string, Set<string>>();
  for (const list of slices.values()) {
    for (const { namespace, service, pods } of list) {
      for (const pod of pods) {
        const key = `${namespace}/${pod}`;
        const names = services.get(key);
        if (names === undefined) services.set(key, new Set([service]));
        else names.add(service);
      }
    }
  }
  return services;
}

function workloadOf(pod: Pod, addresses: readonly string[], services: readonly string[]): Workload {
  const { namespace, name, uid, node, owner } = pod;
  return { addresses, namespace, pod: name, uid, node, owner, labels: labelsOf(pod), services };
}

const labelsOf = ({ labels }: Pod): readonly string[] =>
  KNOWN_LABELS.filter((key) => Object.hasOwn(labels, key))
    .slice(0, WORKLOAD_LABELS_MAX)
    .map((key) => `${key}=${labels[key]}`.slice(0, WORKLOAD_LABEL_CHARACTERS_MAX));
