/** What should stand in a pod's namespace: a function of the pod and of Envoy, and of nothing else. */
import type { Redirection } from '../kernel/ruleset.ts';
import { closedPorts, type Pod, redirectedPorts } from './pod.ts';

export type EnvoyView =
  /** It has looked at the whole configuration. */
  | { readonly state: 'Serving'; readonly redirectPort: number }
  /** It is at it, or does not answer: what is installed stays. */
  | { readonly state: 'Busy' }
  | { readonly state: 'Down' };

/** `Keep`: what is there stays as it is. `Nothing`: no trace. */
export type Desire = Redirection | 'Keep' | 'Nothing';

/** @param mark SO_MARK of Envoy's connections to workloads */
export function desireOf(pod: Pod, envoy: EnvoyView, mark: number): Desire {
  const { exemptSources, ipFamilies } = pod.inForce;
  const ports = redirectedPorts(pod.ports).filter((number) => !pod.leaving.includes(number));
  const through: Redirection = { ports, redirectPort: null, mark, exemptSources, ipFamilies };
  const isThere = pod.installed !== null;
  // Rules without capture stay while connections that were captured end.
  if (pod.isReleased) return isThere ? through : 'Nothing';
  if (ports.length === 0) return isThere ? through : 'Nothing';
  switch (envoy.state) {
    case 'Serving':
      return { ...through, redirectPort: envoy.redirectPort };
    case 'Busy':
      return 'Keep';
    case 'Down':
      return whileDown(pod, through);
  }
}

/** Where nothing is installed, Envoy has never served the pod. */
function whileDown(pod: Pod, through: Redirection): Desire {
  const closed = closedPorts(pod.inForce, through.ports);
  if (!pod.installed || closed.length === through.ports.length) return 'Keep';
  if (closed.length === 0) return through;
  return { ...through, ports: closed, redirectPort: pod.installed.redirectPort };
}
