/** A pod in the agent's hands: what it should be, and what stands in its network namespace. */
import type { InterceptedPod } from '@sluice/envoy-config';
import type { NamespaceId } from '../kernel/namespace.ts';
import type { Provenance, Redirection } from '../kernel/ruleset.ts';
import type { PortStatus } from '../status.ts';
import type { TablePod } from '../table/schema.ts';
import type { Quiet } from './rest.ts';

export class Pod {
  readonly uid: string;
  readonly namespacePath: string;
  readonly namespaceId: NamespaceId;
  /** What Envoy's configuration has of it. */
  inForce: TablePod;
  /** What the table says; null once it is released. */
  wanted: TablePod | null;
  /** What was found or put there; undefined before the first look, null where nothing is. */
  installed: Redirection | null | undefined = undefined;
  /** What the namespace's sysctls were; null before the first look. */
  before: Provenance | null = null;
  /** Ports of what is in force that are redirected no more, for what is wanted has them no more. */
  leaving: readonly number[] = [];
  /** Envoy's listeners stay until then (monotonic clock): connections may be on their way to them. */
  quietUntil = 0;
  /** Of a released pod: until when its clients have time to leave, and once Envoy has let go of it, its last connections to end. */
  deadline = Number.POSITIVE_INFINITY;
  /** Envoy's configuration has it no more: what is left of its connections is at rest. */
  isLetGo = false;
  lookAt = 0;
  /** Of its connections without HTTP, once it is released. */
  quiet: Quiet | null = null;
  /** What its release waits for beyond the time that clients have; null where nothing is known to be under way. */
  waitsFor: string | null = null;
  ports: readonly PortStatus[] = [];
  /** Why it is not as it should be. */
  trouble: string | null = null;
  rejection: string | null = null;
  repairs = 0;

  constructor(pod: TablePod, namespacePath: string, namespaceId: NamespaceId) {
    this.uid = pod.uid;
    this.namespacePath = namespacePath;
    this.namespaceId = namespaceId;
    this.inForce = pod;
    this.wanted = pod;
  }

  get isReleased(): boolean {
    return this.wanted === null;
  }

  /** Envoy holds connections open no longer for it. */
  isQuiet(now: number): boolean {
    return now >= this.quietUntil;
  }
}

/** Off and Detect refuse nothing, also while Envoy is away. */
const failsOpen = ({ mode, unavailable }: Pick<TablePod, 'mode' | 'unavailable'>): boolean =>
  mode !== 'Block' || unavailable === 'Open';

/** Of these ports, those that stay with Envoy while it is away, so that connections are refused. */
export const closedPorts = (pod: TablePod, ports: readonly number[]): readonly number[] =>
  ports.filter((number) => !failsOpen(pod.ports.find((port) => port.number === number)?.policy ?? pod));

/** What Envoy is told of a pod; null where it has no namespace of its own. */
export function interceptedPod(pod: TablePod, namespacePath: string, released = false): InterceptedPod {
  const { namespace, name, uid, mode, unavailable, policy, ipFamilies, ports } = pod;
  const { dataPath, profile, responses } = pod;
  const networkNamespacePath = namespacePath;
  return {
    ...{ namespace, name, uid, mode, unavailable, policy, ipFamilies, ports, networkNamespacePath },
    ...(dataPath === undefined ? {} : { dataPath }),
    ...(profile === undefined ? {} : { profile }),
    ...(responses === undefined ? {} : { responses }),
    ...(released ? { released } : {}),
  };
}

/** Ports that are redirected: inspected ones, and those that Block refuses. Ascending. */
export const redirectedPorts = (ports: readonly PortStatus[]): readonly number[] =>
  ports
    .filter(({ state }) => state !== 'NotInspected')
    .map(({ number }) => number)
    .sort((a, b) => a - b);

export const isSame = (left: unknown, right: unknown): boolean =>
  JSON.stringify(left) === JSON.stringify(right);
