/** What is common to the Envoys that are there already: Sluice is a service of the cluster, and somebody else writes the listeners. */
import { isIP } from 'node:net';
import { refuse } from '../errors.ts';
import type { Json } from '../json.ts';
import type { GuardSettings } from '../resources/policies.ts';
import { checkSettings } from '../settings.ts';
import type { NamedPolicy } from '../table.ts';

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  /** Of its gRPC; named grpc in the Service, so that it is spoken to in HTTP/2. */
  readonly port: number;
}

export interface GatewayOptions extends Omit<GuardSettings, 'cluster'> {
  readonly policy: NamedPolicy;
  readonly service: ServiceReference;
}

/** An object of Kubernetes, or for Istio a part of the mesh's configuration. */
export type KubernetesObject = { readonly [name: string]: Json };

const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @throws EnvoyConfigError ENVOY_OPTION */
export function checkName(option: string, name: string): void {
  if (!NAME.test(name) || isIP(name) !== 0)
    refuse(option, `${JSON.stringify(name)} is no name of Kubernetes`);
}

/** @throws EnvoyConfigError ENVOY_OPTION */
export function checkGatewayOptions(options: GatewayOptions): void {
  checkSettings(options);
  checkName('service', options.service.namespace);
  checkName('service', options.service.name);
  if (!Number.isInteger(options.service.port) || options.service.port < 1 || options.service.port > 65_535)
    refuse('service', `${options.service.port} is no port`);
  if (options.policy.name === '') refuse('policy', 'it has no name');
}

/** A name for the objects of a policy: Kubernetes takes fewer characters than we do. */
export const objectName = (policy: string): string =>
  `sluice-${policy.toLowerCase().replace(/[^a-z0-9-]+/g, '-')}`.replace(/-+$/, '');
