/** What kube-proxy's nftables mode does for the Services of service-objects.ts, in short, for where kube-proxy is missing. */
import { inside, type NodeName, type Place, run } from './network.ts';
import {
  CLUSTER_IP,
  LOCAL_NODE_PORT,
  NODE_ADDRESSES,
  NODE_PORT,
  POD_NETWORK,
  SERVICE_PORT,
} from './service-objects.ts';
import type { ServiceRules } from './service-rules.ts';

const rules = (node: NodeName, { ipv4 }: Place): string => `
table ip kube-proxy
delete table ip kube-proxy
table ip kube-proxy {
  chain services {
    ip daddr ${CLUSTER_IP} tcp dport ${SERVICE_PORT} jump cluster
    ip daddr ${NODE_ADDRESSES[node]} tcp dport ${NODE_PORT} jump external
    ip daddr ${NODE_ADDRESSES[node]} tcp dport ${LOCAL_NODE_PORT} jump local
  }
  chain cluster {
    ip saddr != ${POD_NETWORK} meta mark set meta mark | 0x4000
    meta l4proto tcp dnat to ${ipv4}:80
  }
  chain external {
    meta mark set meta mark | 0x4000
    meta l4proto tcp dnat to ${ipv4}:80
  }
  chain local {
    ${node === 'nodeA' ? `meta l4proto tcp dnat to ${ipv4}:80` : ''}
  }
  chain nat-prerouting {
    type nat hook prerouting priority dstnat
    jump services
  }
  chain nat-output {
    type nat hook output priority -100
    jump services
  }
  chain nat-postrouting {
    type nat hook postrouting priority srcnat
    meta mark & 0x4000 == 0x4000 masquerade fully-random
  }
}
`;

export class WrittenRules implements ServiceRules {
  #pod: Place | null = null;

  async publish(pod: Place): Promise<void> {
    this.#pod = pod;
    for (const node of ['nodeA', 'nodeB'] as const) await this.restart(node);
  }

  async restart(node: NodeName): Promise<void> {
    if (this.#pod !== null) run(inside(node, ['nft', '-f', '-']), rules(node, this.#pod));
  }

  async stop(): Promise<void> {
    // They go with the nodes' namespaces.
  }
}
