/**
 * Envoy's configuration as a function of a table:
 *
 *     const { listeners, clusters, ports } = nodeConfig({ settings, pods });
 *     const bootstrap = nodeBootstrap({ node, xdsDirectory, adminSocketPath });
 */
export * from './contract.ts';
export { FINDINGS, type Finding, type FindingCode, type Severity } from './doctor/codes.ts';
export { type DiagnoseOptions, type Diagnosis, diagnose } from './doctor/diagnose.ts';
export { ENVOY_CONFIG_ERRORS, EnvoyConfigError, type EnvoyConfigErrorCode } from './errors.ts';
export {
  type EnvoyGatewayOptions,
  envoyGatewayObjects,
  envoyGatewayProcessor,
} from './gateways/envoy-gateway.ts';
export { type IstioOptions, istioFilter, istioProvider } from './gateways/istio.ts';
export type { GatewayOptions, KubernetesObject, ServiceReference } from './gateways/options.ts';
export { DEFAULTS } from './limits.ts';
export { nodeConfig } from './node.ts';
export { type EnvoyListener, type ProxyOptions, proxyBootstrap } from './proxy.ts';
export { type NodeBootstrapOptions, nodeBootstrap } from './resources/bootstrap.ts';
export type { Upstream } from './resources/clusters.ts';
export type { PolicyRoute } from './resources/routes.ts';
export * from './table.ts';
export { type AdminAnswer, askAdmin, type BoundListener, readListeners } from './xds/admin.ts';
export { XdsFiles, type XdsVersions } from './xds/files.ts';
export {
  isAccepted,
  readXdsState,
  rejectionBetween,
  type XdsRejection,
  type XdsState,
  type XdsUpdates,
} from './xds/state.ts';
