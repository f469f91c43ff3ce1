/**
 * Which policy a request has. What Envoy says of its destination decides; what the client sends, its host and headers, can
 * only make that policy stricter (strictness.ts).
 */
import type { Endpoint, HeaderList } from '@sluice/engine';
import { ServerError } from '../errors.ts';
import type { PolicyConfig } from '../policy.ts';
import { Networks } from './networks.ts';
import { isInStage } from './staged.ts';
import { type Strictness, strengthen, strictnessOf, type Variant, variantKey } from './strictness.ts';

/** A destination's policy. All criteria that are given must hold; of the values of each, one. */
export interface DestinationEntry {
  readonly policy: string;
  /** Addresses or CIDR ranges of the workload, or of the gateway's listener. */
  readonly addresses: readonly string[];
  readonly ports: readonly number[];
  /** Names of Envoy's routes and virtual hosts. */
  readonly routes: readonly string[];
  readonly virtualHosts: readonly string[];
}

/** What makes a policy stricter for requests that match. */
export interface StricterEntry {
  /** The policies that it is for; none means all. */
  readonly policies: readonly string[];
  /** Host names, in lower case; `*.example.com` means all below it. One must hold. */
  readonly hosts: readonly string[];
  /** All must hold. */
  readonly headers: readonly HeaderCriterion[];
  readonly mode: Strictness['mode'] | null;
  readonly paranoia: number | null;
  readonly thresholds: { readonly inbound: number | null; readonly outbound: number | null };
  /** Clients by address or CIDR range that are denied. */
  readonly deny: readonly string[] | 'everybody';
}

export interface HeaderCriterion {
  /** In lower case. */
  readonly name: string;
  /** The whole value; null means any. */
  readonly value: string | null;
}

export interface SelectConfig {
  /** The first that matches says which policy; where none does it is `default`. */
  readonly destinations: readonly DestinationEntry[];
  /** All that match count. */
  readonly stricter: readonly StricterEntry[];
}

/** `default` for all that Envoy names no policy for. */
export const SELECT_NOTHING: SelectConfig = Object.freeze({ destinations: [], stricter: [] });

/** What Envoy says of where a request goes. Null: this data path does not tell. */
export interface Destination {
  readonly address: string;
  readonly port: number;
  readonly route: string | null;
  readonly virtualHost: string | null;
}

export interface SelectionRequest {
  /** The policy that Envoy's configuration of the route names, which has the last word; null where it names none. */
  readonly named: string | null;
  readonly destination: Destination;
  readonly client: Endpoint;
  readonly headers: HeaderList;
  /** As it was sent, query included. */
  readonly uri: string;
}

export interface Selection {
  /** As sluice.yaml names the policy. */
  readonly name: string;
  /** The policy's rule set, with what made it stricter: a key of `variants`. */
  readonly ruleSet: string;
  readonly policy: PolicyConfig;
  /** An entry of `select.stricter` denies this client. Its rule set does so too, but for a client without an address. */
  readonly denied: boolean;
  readonly because: Reason;
}

/** Places in the lists of `select`, from 0. */
export interface Reason {
  readonly by: 'route' | 'destination' | 'default';
  /** The entry of `destinations`; null where none decided. */
  readonly destination: number | null;
  readonly stricter: readonly number[];
  /** The policy is in Detect, and this request is one of those that it blocks already. */
  readonly staged: boolean;
}

/** Answers kept for destinations that come again. Those of a node or a gateway are few; a scan of addresses is not kept. */
const KNOWN_DESTINATIONS_MAX = 4_096;

interface Picked {
  readonly name: string;
  readonly by: Reason['by'];
  readonly destination: number | null;
}

interface PreparedStricter {
  readonly index: number;
  readonly entry: StricterEntry;
  readonly policies: ReadonlySet<string>;
  readonly denies: (client: string) => boolean;
}

const NOTHING_STRICTER: readonly PreparedStricter[] = [];
const NO_INDEXES: readonly number[] = [];

export class PolicySelector {
  readonly #variants = new Map<string, Variant>();
  readonly #policies: ReadonlyMap<string, PolicyConfig>;
  readonly #destinations: readonly { readonly entry: DestinationEntry; readonly networks: Networks }[];
  readonly #stricter: readonly PreparedStricter[];
  readonly #known = new Map<string, Picked>();
  /** Policies that Envoy may name. */
  readonly #named = new Map<string, Picked>();
  /** Of requests that nothing makes stricter: most of them are alike. */
  readonly #plain = new WeakMap<Picked, Selection>();

  constructor(policies: Readonly<Record<string, PolicyConfig>>, select: SelectConfig) {
    this.#policies = new Map(Object.entries(policies));
    for (const name of this.#policies.keys()) this.#named.set(name, { name, by: 'route', destination: null });
    this.#destinations = select.destinations.map((entry) => ({
      entry,
      networks: new Networks(entry.addresses),
    }));
    this.#stricter = select.stricter.map((entry, index) => ({
      index,
      entry,
      policies: new Set(entry.policies),
      denies: deniesOf(entry),
    }));
    for (const variant of variantsOf(policies, select)) this.#variants.set(variant.key, variant);
  }

  /** Every rule set that a selection can name. */
  get variants(): ReadonlyMap<string, Variant> {
    return this.#variants;
  }

  /**
   * @throws ServerError POLICY_UNKNOWN where Envoy names a policy that is not there, DESTINATION_UNKNOWN where the choice
   *   depends on what this data path does not tell
   */
  select(request: SelectionRequest): Selection {
    const picked = this.#pick(request.named, request.destination);
    const policy = this.#policies.get(picked.name);
    if (policy === undefined) throw new ServerError('POLICY_UNKNOWN', { name: picked.name });
    const matching = this.#matching(picked.name, request.headers);
    const staged = isStaged(picked.name, policy, request);
    if (matching.length === 0 && !staged) return this.#plainSelection(picked, policy);
    const strong = matching.reduce(
      (so, { entry, denies }) => strengthen(so, entry, denies(request.client.address)),
      staged ? inBlock(strictnessOf(policy)) : strictnessOf(policy),
    );
    const key = variantKey(picked.name, policy, strong);
    const variant = this.#variants.get(key);
    if (variant === undefined) throw new ServerError('POLICY_UNKNOWN', { name: key });
    const because = {
      by: picked.by,
      destination: picked.destination,
      stricter: matching.map(({ index }) => index),
      staged,
    };
    return { name: picked.name, ruleSet: key, policy: variant.policy, denied: strong.denied, because };
  }

  #plainSelection(picked: Picked, policy: PolicyConfig): Selection {
    const { name, by, destination } = picked;
    let selection = this.#plain.get(picked);
    if (selection === undefined) {
      const because = { by, destination, stricter: NO_INDEXES, staged: false };
      selection = { name, ruleSet: name, policy, denied: false, because };
      this.#plain.set(picked, selection);
    }
    return selection;
  }

  #pick(named: string | null, destination: Destination): Picked {
    if (named !== null) return this.#named.get(named) ?? { name: named, by: 'route', destination: null };
    if (this.#destinations.length === 0) return DEFAULT_PICK;
    const { address, port, route, virtualHost } = destination;
    const key = `${address} ${port} ${JSON.stringify([route, virtualHost])}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const found = this.#search(destination);
    if (this.#known.size >= KNOWN_DESTINATIONS_MAX) this.#known.clear();
    this.#known.set(key, found);
    return found;
  }

  #search(destination: Destination): Picked {
    for (const [index, { entry, networks }] of this.#destinations.entries()) {
      const { addresses, ports, routes, virtualHosts } = entry;
      if (addresses.length > 0 && !networks.has(destination.address)) continue;
      if (ports.length > 0 && !ports.includes(destination.port)) continue;
      if (excludes(routes, destination.route) || excludes(virtualHosts, destination.virtualHost)) continue;
      const missing = untold(routes, destination.route, 'name of the route');
      const what = missing ?? untold(virtualHosts, destination.virtualHost, 'name of the virtual host');
      if (what !== null) throw new ServerError('DESTINATION_UNKNOWN', { what, name: entry.policy });
      return { name: entry.policy, by: 'destination', destination: index };
    }
    return DEFAULT_PICK;
  }

  #matching(name: string, headers: HeaderList): readonly PreparedStricter[] {
    if (this.#stricter.length === 0) return NOTHING_STRICTER;
    const hosts = hostsOf(headers);
    return this.#stricter.filter(
      ({ entry, policies }) =>
        (policies.size === 0 || policies.has(name)) &&
        (entry.hosts.length === 0 || hosts.some((host) => matchesHost(entry.hosts, host))) &&
        entry.headers.every((criterion) => matchesHeader(criterion, headers)),
    );
  }
}

function isStaged(name: string, { staged, mode }: PolicyConfig, { uri, client }: SelectionRequest): boolean {
  if (staged === null || staged === undefined || mode !== 'Detect') return false;
  return isInStage(staged, { policy: name, uri, client: client.address });
}

const inBlock = (so: Strictness): Strictness => ({ ...so, mode: 'Block' });

function deniesOf({ deny }: StricterEntry): PreparedStricter['denies'] {
  if (deny === 'everybody') return () => true;
  const networks = new Networks(deny);
  return (client) => networks.has(client);
}

const EVERY_ADDRESS = ['0.0.0.0/0', '::/0'];

const DEFAULT_PICK: Picked = { name: 'default', by: 'default', destination: null };

const excludes = (wanted: readonly string[], told: string | null): boolean =>
  wanted.length > 0 && told !== null && !wanted.includes(told);

const untold = (wanted: readonly string[], told: string | null, what: string): string | null =>
  wanted.length > 0 && told === null ? what : null;

/**
 * Rule sets for every policy, as it is and as each set of entries can make it.
 *
 * @param most stops where there are so many
 */
export function variantsOf(
  policies: Readonly<Record<string, PolicyConfig>>,
  select: SelectConfig,
  most = Number.POSITIVE_INFINITY,
): readonly Variant[] {
  const variants: Variant[] = [];
  for (const [name, policy] of Object.entries(policies)) {
    for (const [key, strong] of reachable(name, policy, select, most - variants.length)) {
      variants.push({ key, name, policy: withStrictness(policy, strong) });
    }
  }
  return variants;
}

/** Strengthening takes the stricter of each setting, so the order of the entries does not matter. */
function reachable(
  name: string,
  policy: PolicyConfig,
  { stricter }: SelectConfig,
  most: number,
): ReadonlyMap<string, Strictness> {
  const own = strictnessOf(policy);
  const reached = new Map([[variantKey(name, policy, own), own]]);
  if (policy.mode === 'Detect' && policy.staged) {
    const strong = inBlock(own);
    if (reached.size < most) reached.set(variantKey(name, policy, strong), strong);
  }
  for (const entry of stricter.filter((each) => isFor(each, name))) {
    for (const so of [...reached.values()]) {
      for (const denied of entry.deny.length > 0 ? [false, true] : [false]) {
        const strong = strengthen(so, entry, denied);
        if (reached.size < most) reached.set(variantKey(name, policy, strong), strong);
      }
    }
  }
  return reached;
}

function withStrictness(policy: PolicyConfig, strong: Strictness): PolicyConfig {
  const { mode, paranoia, inbound, outbound, denied } = strong;
  const addresses = denied ? { ...policy.addresses, deny: EVERY_ADDRESS } : policy.addresses;
  return { ...policy, mode, paranoia, thresholds: { inbound, outbound }, addresses };
}

export const isFor = (entry: StricterEntry, policy: string): boolean =>
  entry.policies.length === 0 || entry.policies.includes(policy);

const PORT = /:\d{1,5}$/;

/** The hosts that a request names: lower case, without port and final dot. */
function hostsOf(headers: HeaderList): readonly string[] {
  const hosts: string[] = [];
  for (const [name, value] of headers) {
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    hosts.push(value.trim().toLowerCase().replace(PORT, '').replace(/\.$/, ''));
  }
  return hosts;
}

const matchesHost = (wanted: readonly string[], host: string): boolean =>
  wanted.some((pattern) => (pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern));

const matchesHeader = ({ name: wanted, value }: HeaderCriterion, headers: HeaderList): boolean =>
  headers.some(
    ([name, given]) =>
      name.length === wanted.length &&
      name.toLowerCase() === wanted &&
      (value === null || given.trim() === value),
  );
