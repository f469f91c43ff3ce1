/**
 * What a network plugin makes of NetworkPolicies, in short: nftables on the way through a node. It knows what quarantine writes, all of a pod in
 * both directions, and refuses every other policy. Packets are dropped whatever connection they are of; a plugin may let open connections be.
 */

import { inside, type NodeName, run } from '../interception/network.ts';
import type { ApiRequests } from '../kubernetes/api-requests.ts';
import { NODE_NAMES } from './objects.ts';

export class NetworkPolicyFault extends Error {
  override readonly name = 'NetworkPolicyFault';
}

interface Expression {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface NetworkPolicy {
  readonly metadata: { readonly namespace: string; readonly name: string };
  readonly spec: {
    readonly podSelector: {
      readonly matchLabels?: Readonly<Record<string, string>>;
      readonly matchExpressions?: readonly Expression[];
    };
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly object[];
    readonly egress?: readonly object[];
  };
}

export interface PolicyPod {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly podIPs?: readonly { readonly ip: string }[] };
}

/** The label by which a policy selects. @throws NetworkPolicyFault where it says more, or less, than that nothing comes or goes */
function labelOf({ metadata, spec }: NetworkPolicy): string {
  const { podSelector, policyTypes = [], ingress = [], egress = [] } = spec;
  const { matchLabels = {}, matchExpressions = [] } = podSelector;
  const [only, ...others] = matchExpressions;
  const refuse = (what: string): NetworkPolicyFault =>
    new NetworkPolicyFault(
      `NetworkPolicy ${metadata.namespace}/${metadata.name}: ${what} is not rendered here`,
    );
  if (ingress.length + egress.length > 0) throw refuse('a rule');
  if ([...policyTypes].sort().join() !== 'Egress,Ingress') throw refuse('one direction alone');
  if (only === undefined || others.length + Object.keys(matchLabels).length > 0 || only.operator !== 'Exists')
    throw refuse('a selector of anything but the presence of one label');
  return only.key;
}

const ADDRESSES = { ip: /^[0-9.]+$/, ip6: /^[0-9a-f:]+$/ } as const;

/**
 * For a node with pods: what goes from one to another of its own passes the bridge, all else is routed.
 * @throws NetworkPolicyFault
 */
export function rulesetOf(policies: readonly NetworkPolicy[], pods: readonly PolicyPod[]): string {
  const labels = policies.map((policy) => ({ namespace: policy.metadata.namespace, key: labelOf(policy) }));
  const denied = pods.filter(({ metadata }) =>
    labels.some(
      ({ namespace, key }) => namespace === metadata.namespace && Object.hasOwn(metadata.labels ?? {}, key),
    ),
  );
  const addresses = denied.flatMap(({ status }) => (status.podIPs ?? []).map(({ ip }) => ip));
  const drops = Object.entries(ADDRESSES).flatMap(([family, form]) => {
    const list = addresses.filter((address) => form.test(address)).sort();
    if (list.length === 0) return [];
    return ['saddr', 'daddr'].map((end) => `    ${family} ${end} { ${list.join(', ')} } drop`);
  });
  return ['inet', 'bridge'].map((table) => tableOf(table, drops)).join('');
}

const tableOf = (family: string, rules: readonly string[]): string => `
table ${family} network-policy
delete table ${family} network-policy
table ${family} network-policy {
  chain forward {
    type filter hook forward priority filter
${rules.join('\n')}
  }
}
`;

/** In place of a plugin on each node: follows policies and pods of an API server until it is stopped. */
export class PolicyPlugin {
  readonly #api: ApiRequests;
  readonly #written = new Map<NodeName, string>();
  #isStopping = false;
  #ended: Promise<void>;

  constructor(api: ApiRequests, pauseMillis: number) {
    this.#api = api;
    this.#ended = this.#follow(pauseMillis);
  }

  async #follow(pauseMillis: number): Promise<void> {
    while (!this.#isStopping) {
      const policies = await this.#list<NetworkPolicy>('/apis/networking.k8s.io/v1/networkpolicies');
      const pods = await this.#list<PolicyPod>('/api/v1/pods');
      for (const node of ['nodeA', 'nodeB'] as const) {
        const own = pods.filter(({ spec }) => spec.nodeName === NODE_NAMES[node]);
        this.#write(node, rulesetOf(policies, own));
      }
      await new Promise((done) => setTimeout(done, pauseMillis));
    }
  }

  async #list<T>(path: string): Promise<readonly T[]> {
    return (await this.#api.get<{ readonly items: readonly T[] }>(path)).items;
  }

  #write(node: NodeName, ruleset: string): void {
    if (this.#written.get(node) === ruleset) return;
    run(inside(node, ['nft', '-f', '-']), ruleset);
    this.#written.set(node, ruleset);
  }

  /** Whether a node drops what an address sends, and what it is sent. */
  drops(node: NodeName, address: string): boolean {
    return this.#written.get(node)?.includes(address) === true;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#ended;
  }
}
