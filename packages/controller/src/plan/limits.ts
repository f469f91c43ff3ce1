/** Bounds of a plan: its unit last in the name. What is beyond would be refused whole by who reads it. */

import { KIND_LIMITS } from '../kinds/limits.ts';
import { NODE_LIMITS } from '../node/limits.ts';

/** Pods of one node: what the schema of SluiceNode takes. Large nodes have 250. */
export const PODS_PER_NODE_MAX = KIND_LIMITS.podsPerNodeMax;
/** Ports of one pod: what the node agent's table takes. */
export const PORTS_PER_POD_MAX = KIND_LIMITS.portsPerPodMax;
/** CIDR ranges of trusted proxies: what the node agent's table takes. */
export const TRUSTED_PROXIES_MAX = 256;
/** Characters of a policy's key in sluice.yaml. */
export const POLICY_NAME_CHARACTERS_MAX = 253;
/** Labels of a workload that go with events, and characters of one of them. */
export const WORKLOAD_LABELS_MAX = 8;
export const WORKLOAD_LABEL_CHARACTERS_MAX = 128;
/** Services that are named of a workload. */
export const WORKLOAD_SERVICES_MAX = 8;
/** Names that a condition's message lists. */
export const NAMES_IN_MESSAGE_MAX = 5;
/** Milliseconds: a node that has said nothing for so long is silent, and what it said before counts for nothing. Three of its reports are missing. */
export const NODE_UNHEARD_MILLIS = 3 * NODE_LIMITS.heartbeatMillis;
