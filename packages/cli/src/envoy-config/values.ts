/** Values of options. Each error names its option. */
import type { ServiceReference, Upstream } from '@sluice/envoy-config';
import { CallError } from './errors.ts';

const refuse = (option: string, reason: string): never => {
  throw new CallError('ENVOY_CALL', { option, reason });
};

/** `host:port`, with brackets around IPv6. @throws CallError ENVOY_CALL */
export function parseHostPort(option: string, text: string): Upstream {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined) return refuse(option, `${text} is no host:port`);
  return { host, port: Number(match?.[3]) };
}

/** `namespace/name:port`. @throws CallError ENVOY_CALL */
export function parseService(option: string, text: string): ServiceReference {
  const [, namespace, name, port] = /^([^/:]+)\/([^/:]+):(\d{1,5})$/.exec(text) ?? [];
  if (namespace === undefined || name === undefined)
    return refuse(option, `${text} is no namespace/name:port`);
  return { namespace, name, port: Number(port) };
}

interface Target {
  readonly kind: 'Gateway' | 'HTTPRoute';
  readonly namespace: string;
  readonly name: string;
}

/** `kind/namespace/name`. @throws CallError ENVOY_CALL */
export function parseTarget(option: string, text: string): Target {
  const [kind, namespace, name, ...rest] = text.split('/');
  if (kind !== 'Gateway' && kind !== 'HTTPRoute')
    return refuse(option, `${text} is neither Gateway/namespace/name nor HTTPRoute/namespace/name`);
  if (!namespace || !name || rest.length > 0) return refuse(option, `${text} is no kind/namespace/name`);
  return { kind, namespace, name };
}

/** `name=value` each. @throws CallError ENVOY_CALL */
export function parseLabels(option: string, all: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    all.map((text) => {
      const at = text.indexOf('=');
      return at < 1 ? refuse(option, `${text} is no name=value`) : [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** @throws CallError ENVOY_CALL */
export function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{1,12}$/.test(text) ? Number(text) : refuse(option, `${text} is no whole number`);
}
