/** Whom quarantine never takes. Pure: what a pod is and what stands beside it decide, nothing else. */
import { Networks } from '@sluice/server/networks';
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import { QuarantineError } from './errors.ts';
import { keyOf, type TargetPod } from './pod.ts';
import { matchesName, type QuarantineSettings } from './settings.ts';

/** Labels that pods of gateways have whoever made them: Gateway API (GEP-1762), Envoy Gateway, Istio. */
const GATEWAY_LABELS = [
  'gateway.networking.k8s.io/gateway-name',
  'gateway.envoyproxy.io/owning-gateway-name',
  'gateway.envoyproxy.io/owning-gateway-namespace',
  'istio.io/gateway-name',
];

/** Values that say the same, of charts that people install. */
const GATEWAY_VALUES: Readonly<Record<string, readonly string[]>> = {
  istio: ['ingressgateway', 'egressgateway', 'eastwestgateway'],
  'operator.istio.io/component': ['IngressGateways', 'EgressGateways'],
  app: ['ingress-nginx', 'istio-ingressgateway', 'istio-egressgateway', 'ztunnel'],
  'app.kubernetes.io/name': [
    ...['ingress-nginx', 'nginx-ingress', 'kubernetes-ingress', 'haproxy-ingress', 'traefik', 'contour'],
    ...['envoy', 'kong', 'apisix', 'emissary-ingress', 'ambassador', 'gloo-gateway', 'kgateway', 'pomerium'],
    ...['istio-ingressgateway', 'istio-egressgateway', 'ztunnel', 'cilium-envoy', 'oauth2-proxy'],
  ],
};

/**
 * What holds for everybody, `--force` or not.
 * @throws QuarantineError QUARANTINE_SYSTEM_NAMESPACE, QUARANTINE_NODE, QUARANTINE_GATEWAY
 */
export function refuseNever(pod: TargetPod, settings: QuarantineSettings): void {
  const key = keyOf(pod);
  if (matchesName(settings.neverNamespaces, pod.namespace))
    throw new QuarantineError('QUARANTINE_SYSTEM_NAMESPACE', { pod: key });
  if (pod.hostNetwork)
    throw new QuarantineError('QUARANTINE_NODE', { pod: key, reason: 'it has the network of its node' });
  if (pod.mirror)
    throw new QuarantineError('QUARANTINE_NODE', { pod: key, reason: 'its node makes it from a file' });
  const gateway = whyGateway(pod, settings.trustedProxies);
  if (gateway !== null) throw new QuarantineError('QUARANTINE_GATEWAY', { pod: key, reason: gateway });
}

function whyGateway({ labels, addresses }: TargetPod, trustedProxies: readonly string[]): string | null {
  const label =
    GATEWAY_LABELS.find((name) => labels[name] !== undefined) ??
    Object.keys(GATEWAY_VALUES).find((name) => GATEWAY_VALUES[name]?.includes(labels[name] ?? ''));
  if (label !== undefined) return `its label ${label} says ${labels[label]}`;
  const proxies = new Networks(trustedProxies);
  const address = addresses.find((each) => proxies.has(each));
  return address === undefined ? null : `its address ${address} is in trustedProxies`;
}

/** Ready pods of the same workload that would be left. */
export function readyBeside(pod: TargetPod, pods: readonly TargetPod[]): readonly TargetPod[] {
  return pods.filter(
    (each) =>
      each.uid !== pod.uid &&
      each.namespace === pod.namespace &&
      each.owner === pod.owner &&
      each.ready &&
      each.labels[QUARANTINE_LABEL] === undefined,
  );
}

/**
 * @param pods all of the pod's namespace
 * @throws QuarantineError QUARANTINE_LAST_READY
 */
export function refuseLastReady(pod: TargetPod, pods: readonly TargetPod[]): void {
  if (!pod.ready || readyBeside(pod, pods).length > 0) return;
  throw new QuarantineError('QUARANTINE_LAST_READY', { pod: keyOf(pod), workload: pod.owner });
}
