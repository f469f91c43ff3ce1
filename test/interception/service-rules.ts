/** Who writes the rules of Services into nodes' namespaces. */
import type { NodeName, Place } from './network.ts';

export interface ServiceRules {
  /** Brings a pod of nodeA behind the Services of service-objects.ts, on both nodes. */
  publish(pod: Place): Promise<void>;
  /** Writes a node's rules from nothing, as after a crash. */
  restart(node: NodeName): Promise<void>;
  stop(): Promise<void>;
}
