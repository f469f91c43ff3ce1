/** ApplicationLayer: the switch. */
import type { RawCalicoObject, Reporter } from './report.ts';

/** Calico knows one of this name, and no other. */
export const APPLICATION_LAYER_NAME = 'tigera-secure';

/** @returns whether Services are selected by Calico's annotation */
export function readApplicationLayer(raw: RawCalicoObject, to: Reporter): boolean {
  if (to.metadata.name !== APPLICATION_LAYER_NAME) {
    to.refuse('metadata.name', `there is one ApplicationLayer, named ${APPLICATION_LAYER_NAME}`);
    return false;
  }
  const spec = to.read('ApplicationLayer', raw.spec);
  if (spec === null) return false;
  if (spec.webApplicationFirewall !== 'Enabled') {
    to.note('spec.webApplicationFirewall', 'not Enabled: no Service is selected by its annotation');
  }
  if (spec.applicationLayerPolicy === 'Enabled') {
    to.note(
      'spec.applicationLayerPolicy',
      "policies over HTTP are Calico's own; Sluice does not evaluate them",
    );
  }
  if (spec.sidecarInjection === 'Enabled') {
    to.note(
      'spec.sidecarInjection',
      'Sluice injects no sidecars, and does not read the labels and annotations of pods that ask for one: annotate the Service, or select the pods by a WAFPolicy with a workloadSelector',
    );
  }
  if (spec.l7LogCollectorDaemonSet !== undefined) {
    to.note(
      'spec.l7LogCollectorDaemonSet',
      "Sluice's own DaemonSet has its resources by the values of the chart",
    );
  }
  readLogs(spec.logCollection, to);
  readEnvoy(spec.envoy, to);
  return spec.webApplicationFirewall === 'Enabled';
}

type Spec = NonNullable<ReturnType<typeof Reporter.prototype.read<'ApplicationLayer'>>>;

function readLogs(logs: Spec['logCollection'], to: Reporter): void {
  if (logs?.collectLogs === 'Enabled') {
    to.note(
      'spec.logCollection.collectLogs',
      'all HTTP of selected Services is counted in any case (l7 in sluice.yaml); no line for each request is kept',
    );
  }
  for (const name of ['logIntervalSeconds', 'logRequestsPerInterval'] as const) {
    if (logs?.[name] !== undefined) {
      to.note(`spec.logCollection.${name}`, 'how often counts are written is l7 in sluice.yaml');
    }
  }
}

function readEnvoy(envoy: Spec['envoy'], to: Reporter): void {
  if ((envoy?.xffNumTrustedHops ?? 0) > 0) {
    to.note(
      'spec.envoy.xffNumTrustedHops',
      'a number of hops believes whoever connects, so that a client could choose its address: name the proxies in trustedProxies of Sluice',
    );
  }
  if (envoy?.useRemoteAddress === false) {
    to.note(
      'spec.envoy.useRemoteAddress',
      'the client is always who connects, but for trustedProxies of Sluice: false would let a client choose its address',
    );
  }
}
