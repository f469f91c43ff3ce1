/**
 * Which ports of which pods are selected, what they speak, and by which policy: what Services and policies claim of a container's port is put
 * together, and of claims that contradict each other the older has the word.
 */
import type { PortProtocol } from '@sluice/envoy-config';
import type { WafPolicy } from '../kinds/objects.ts';
import type { EndpointSlice, Pod, Service, ServicePort, World } from '../world.ts';
import { selects } from './labels.ts';
import type { Namespaces } from './namespaces.ts';
import { addTo, byAge, byKey, keyOf } from './order.ts';
import {
  type Declaration,
  declarationOf,
  type PortsAnnotation,
  portsAnnotation,
  protocolOfName,
} from './ports.ts';
import type { Selection } from './select.ts';
import { routedPolicies, sectionNames, sectionPolicies, type Targets } from './targets.ts';

/** The larger, the more specific: as Gateway API ranks what requests pass through on their way (GEP-2649), with the namespace above its routes. */
const RANK = {
  ...{ gateway: 0, listener: 1, wide: 2, route: 3, rule: 4 },
  ...{ selector: 5, service: 6, section: 7 },
} as const;
/** Added to that of a policy of another namespace: whatever the Service's own says goes before. */
const FOREIGN = -8;

interface PolicyClaim {
  readonly rank: number;
  readonly policy: WafPolicy;
}

/** What one Service, or a workloadSelector, says of a container's port. */
interface Claim {
  readonly declaration: Declaration;
  /** Null of a workloadSelector's. */
  readonly service: Service | null;
  readonly policies: readonly PolicyClaim[];
  /** By which a policy's `tls` may name it. */
  readonly names: readonly string[];
}

export interface SelectedPort {
  readonly number: number;
  readonly protocol: PortProtocol;
  readonly because: string;
  /** Null: that of the ClusterWAFPolicy, or Sluice's defaults. */
  readonly policy: WafPolicy | null;
  /** `namespace/name` of the Secret with its key. */
  readonly tlsSecret: string | null;
}

export interface SelectedPod {
  readonly key: string;
  readonly pod: Pod;
  /** Ascending. */
  readonly ports: readonly SelectedPort[];
}

/** Of a Service's port, as its own pods and policies have it. */
export interface ServicePortView {
  readonly port: ServicePort;
  readonly declaration: Declaration;
  readonly containerPorts: readonly number[];
  /** As far as it does not depend on pods. */
  readonly policy: WafPolicy | null;
}

export interface ServiceView {
  readonly selection: Selection;
  readonly ports: readonly ServicePortView[];
  /** Keys of pods, sorted. */
  readonly pods: readonly string[];
  /** What is not as its owner would think. */
  readonly remarks: readonly string[];
}

export interface Claims {
  /** By key, sorted. */
  readonly pods: ReadonlyMap<string, SelectedPod>;
  readonly services: ReadonlyMap<string, ServiceView>;
  /** Policies that have at least one port. */
  readonly won: ReadonlySet<WafPolicy>;
  /** Policies that another of the same rank, but older, has kept from ports. */
  readonly lost: ReadonlyMap<WafPolicy, ReadonlySet<WafPolicy>>;
}

interface Gathered {
  readonly claims: Map<string, Map<number, Claim[]>>;
  /** Container ports behind Services that are kept out, by pod. */
  readonly keptOut: Map<string, Set<number>>;
}

interface ClaimContext {
  readonly world: World;
  readonly namespaces: Namespaces;
  readonly targets: Targets;
  readonly selections: ReadonlyMap<string, Selection>;
  /** By key of the Service. */
  readonly slices: ReadonlyMap<string, readonly EndpointSlice[]>;
}

export function slicesByService(world: World): ReadonlyMap<string, readonly EndpointSlice[]> {
  const slices = new Map<string, EndpointSlice[]>();
  for (const [, slice] of [...world.endpointSlices].sort(byKey))
    addTo(slices, `${slice.namespace}/${slice.service}`, slice);
  return slices;
}

export function claimsOf(context: ClaimContext): Claims {
  const gathered: Gathered = { claims: new Map(), keptOut: new Map() };
  const services = new Map<string, ServiceView>();
  for (const selection of context.selections.values()) {
    if (selection.keptOut) keepOut(selection, context, gathered);
    const annotation = portsAnnotation(selection.service.metadata.annotations);
    services.set(selection.key, gatherService(selection, annotation, context, gathered));
  }
  gatherSelectors(context, gathered);
  return resolve(context, gathered, services);
}

function keepOut({ key }: Selection, { slices }: ClaimContext, { keptOut }: Gathered): void {
  for (const { namespace, ports, pods } of slices.get(key) ?? []) {
    for (const pod of pods) {
      const numbers = keptOut.get(`${namespace}/${pod}`) ?? new Set();
      for (const { port } of ports) numbers.add(port);
      keptOut.set(`${namespace}/${pod}`, numbers);
    }
  }
}

function gatherService(
  selection: Selection,
  annotation: PortsAnnotation,
  { targets, slices }: ClaimContext,
  { claims }: Gathered,
): ServiceView {
  const { key, service } = selection;
  const { namespace = '' } = service.metadata;
  const pods = new Set<string>();
  const ports = selection.ports.map((port): ServicePortView => {
    const policies = policiesOfPort(service, port, targets);
    const numbers = new Set<number>();
    let declaration = declarationOf(port, annotation);
    for (const slice of slices.get(key) ?? []) {
      const target = slice.ports.find(({ name }) => name === port.name);
      if (target === undefined) continue;
      declaration = declarationOf(port, annotation, target.appProtocol);
      const claim: Claim = { declaration, service, policies, names: sectionNames(port) };
      numbers.add(target.port);
      for (const pod of slice.pods) {
        pods.add(`${namespace}/${pod}`);
        claimPort(claims, `${namespace}/${pod}`, target.port, claim);
      }
    }
    const containerPorts = [...numbers].sort((a, b) => a - b);
    return { port, declaration, containerPorts, policy: policies[0]?.policy ?? null };
  });
  const remarks = annotation.ignored.map((entry) => `${entry} says nothing that is known and is ignored`);
  return { selection, ports, pods: [...pods].sort(), remarks };
}

/** The most specific first, and of the same rank the oldest. */
function policiesOfPort(service: Service, port: ServicePort, targets: Targets): readonly PolicyClaim[] {
  const { namespace = '' } = service.metadata;
  const routed = routedPolicies(targets, service, port).map(({ policy, by }) => ({
    ...{ policy, rank: RANK[by] + (policy.metadata.namespace === namespace ? 0 : FOREIGN) },
  }));
  return [
    ...first(sectionPolicies(targets, service, port), RANK.section),
    ...first(targets.services.get(keyOf(service.metadata)), RANK.service),
    ...first(targets.wide.get(namespace), RANK.wide),
    ...routed,
  ].sort((one, other) => other.rank - one.rank || byAge(one.policy, other.policy));
}

const first = (policies: readonly WafPolicy[] | undefined, rank: number): readonly PolicyClaim[] =>
  (policies ?? []).map((policy) => ({ rank, policy }));

function claimPort(claims: Gathered['claims'], pod: string, port: number, claim: Claim): void {
  const ports = claims.get(pod) ?? new Map<number, Claim[]>();
  claims.set(pod, ports);
  const there = ports.get(port);
  // A pod with addresses of both families is in a slice for each.
  if (there?.some(({ service, names }) => service === claim.service && names[0] === claim.names[0])) return;
  addTo(ports, port, claim);
}

/** Pods that policies select by themselves: with the ports that their containers declare, and those that Services lead to. */
function gatherSelectors({ world, targets }: ClaimContext, { claims, keptOut }: Gathered): void {
  if (targets.selectors.size === 0) return;
  for (const [key, pod] of world.pods) {
    const matching = (targets.selectors.get(pod.namespace) ?? []).filter(
      ({ spec }) => spec.workloadSelector !== undefined && selects(spec.workloadSelector, pod.labels),
    );
    if (matching.length === 0) continue;
    const policies = [
      ...first(matching, RANK.selector),
      ...first(targets.wide.get(pod.namespace), RANK.wide),
    ];
    const behind = claims.get(key) ?? new Map<number, Claim[]>();
    const out = [...(keptOut.get(key) ?? [])].filter((port) => !behind.has(port));
    const named = new Map(pod.ports.map(({ name, port }) => [port, name] as const));
    for (const port of new Set([...named.keys(), ...behind.keys()])) {
      if (out.includes(port)) continue;
      const name = named.get(port) ?? '';
      claimPort(claims, key, port, {
        ...{ declaration: declarationOfContainer(name), service: null, policies },
        names: sectionNames({ name, port }),
      });
    }
  }
}

function declarationOfContainer(name: string): Declaration {
  const protocol = protocolOfName(name);
  return protocol === null
    ? { protocol: 'http', explicit: false, because: 'nothing else is declared' }
    : { protocol, explicit: true, because: `its container port's name is ${name}` };
}

function resolve(
  { world, namespaces }: ClaimContext,
  { claims }: Gathered,
  services: ReadonlyMap<string, ServiceView>,
): Claims {
  const won = new Set<WafPolicy>();
  const lost = new Map<WafPolicy, Set<WafPolicy>>();
  const pods = new Map<string, SelectedPod>();
  const remarks = new Map<string, Set<string>>();
  for (const [key, ports] of [...claims].sort(byKey)) {
    const pod = world.pods.get(key);
    if (pod === undefined || !pod.alive || namespaces.never(pod.namespace) !== null) continue;
    const numbers = [...ports].sort((a, b) => a[0] - b[0]);
    const selected = numbers.map(([number, of]): SelectedPort => {
      const spoken = speaker(of);
      for (const [service, remark] of contradictions(number, of, spoken)) {
        const list = remarks.get(service) ?? new Set();
        remarks.set(service, list.add(remark));
      }
      const policy = strongest(
        of.flatMap(({ policies }) => policies),
        won,
        lost,
      );
      return { number, policy, ...keyed(number, spoken, of, policy, world) };
    });
    pods.set(key, { key, pod, ports: selected });
  }
  const told = [...services].map(([key, view]) => {
    const more = [...(remarks.get(key) ?? [])].sort();
    return [key, more.length === 0 ? view : { ...view, remarks: [...view.remarks, ...more] }] as const;
  });
  return { pods, services: new Map(told), won, lost };
}

/** Who declares something goes before who does not, and the oldest before all others. */
function speaker(claims: readonly Claim[]): Claim {
  const order = (left: Claim, right: Claim): number => {
    const explicit = Number(right.declaration.explicit) - Number(left.declaration.explicit);
    if (explicit !== 0) return explicit;
    if (left.service === null || right.service === null)
      return Number(left.service === null) - Number(right.service === null);
    return byAge(left.service, right.service);
  };
  return claims.toSorted(order)[0] as Claim;
}

function contradictions(
  number: number,
  claims: readonly Claim[],
  spoken: Claim,
): readonly (readonly [string, string])[] {
  const winner = spoken.service === null ? 'its container' : `Service ${keyOf(spoken.service.metadata)}`;
  return claims.flatMap(({ service, declaration }) => {
    if (service === null || !declaration.explicit || declaration.protocol === spoken.declaration.protocol)
      return [];
    const { protocol } = spoken.declaration;
    return [
      [
        keyOf(service.metadata),
        `${winner} is older and says that container port ${number} speaks ${protocol}`,
      ],
    ];
  });
}

/** The most specific; of the same rank the oldest, and the others are told. */
function strongest(
  claims: readonly PolicyClaim[],
  won: Set<WafPolicy>,
  lost: Map<WafPolicy, Set<WafPolicy>>,
): WafPolicy | null {
  if (claims.length === 0) return null;
  const rank = Math.max(...claims.map((claim) => claim.rank));
  const [winner, ...others] = [
    ...new Set(claims.filter((claim) => claim.rank === rank).map(({ policy }) => policy)),
  ].sort(byAge);
  if (winner === undefined) return null;
  won.add(winner);
  for (const other of others) lost.set(other, (lost.get(other) ?? new Set()).add(winner));
  return winner;
}

/** A key makes TLS of a port that is declared as that, or as nothing. */
function keyed(
  number: number,
  { declaration }: Claim,
  claims: readonly Claim[],
  policy: WafPolicy | null,
  world: World,
): Pick<SelectedPort, 'protocol' | 'because' | 'tlsSecret'> {
  const { protocol, because, explicit } = declaration;
  const names = new Set([String(number), ...claims.flatMap((claim) => claim.names)]);
  const key = policy?.spec.tls?.find(({ port }) => names.has(port));
  if (key === undefined || (explicit && protocol !== 'tls')) return { protocol, because, tlsSecret: null };
  const secret = `${policy?.metadata.namespace}/${key.secretName}`;
  const told = explicit ? because : 'its policy has a TLS key for it';
  return { protocol: 'tls', because: told, tlsSecret: world.secrets.has(secret) ? secret : null };
}
