/**
 * The file of who stands behind which address: lines of JSON, so that it can be read in small steps beside the requests. Whoever
 * writes it replaces it by a rename. The first line says how many follow; a file that was cut is known by it.
 *
 *     {"version":1,"workloads":2}
 *     {"addresses":["10.244.1.7"],"namespace":"shop","pod":"web-1","uid":"…","node":"a","owner":"Deployment/web","labels":[],"services":["web"]}
 *     …
 */
import { isIP, SocketAddress } from 'node:net';
import { z } from 'zod';
import { WORKLOADS_LIMITS } from './limits.ts';

const { addressesMax, labelsMax, servicesMax, textCharsMax, workloadsMax } = WORKLOADS_LIMITS;

const text = z.string().max(textCharsMax);

/** One pod. Pods of the host's network share its addresses and are in no file. */
export const workloadSchema = z.strictObject({
  addresses: z
    .array(text.refine((address) => isIP(address) !== 0, 'not an address'))
    .min(1)
    .max(addressesMax),
  namespace: text.min(1),
  pod: text.min(1),
  /** The pod's. */
  uid: text.min(1),
  node: text,
  /** What it belongs to in the end: `Deployment/shop`. */
  owner: text,
  /** `app=shop`. */
  labels: z.array(text).max(labelsMax),
  /** Names of Services of the same namespace that lead to it. */
  services: z.array(text).max(servicesMax),
});

export type WorkloadLine = Readonly<z.infer<typeof workloadSchema>>;

export const workloadHeadSchema = z.strictObject({
  version: z.literal(1),
  workloads: z.number().int().min(0).max(workloadsMax),
});

type Listed = Omit<WorkloadLine, 'addresses' | 'labels' | 'services'> & {
  readonly addresses: readonly string[];
  readonly labels: readonly string[];
  readonly services: readonly string[];
};

/** The file's text. */
export function workloadsText(workloads: readonly Listed[]): string {
  const head = JSON.stringify({ version: 1, workloads: workloads.length });
  const lines = workloads.map((workload) => {
    const { addresses, namespace, pod, uid, node, owner, labels, services } = workload;
    return JSON.stringify({ addresses, namespace, pod, uid, node, owner, labels, services });
  });
  return `${[head, ...lines].join('\n')}\n`;
}

const MAPPED = '::ffff:';

/**
 * One text for an address, however it is written: Envoy and Kubernetes may differ. What is no address stays as it is. An IPv4
 * address in the form of an IPv6 one is the IPv4 address.
 */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [host = ''] = address.split('%', 1);
  if (isIP(host) !== 6) return host;
  const written = new SocketAddress({ address: host, family: 'ipv6' }).address;
  return written.startsWith(MAPPED) && written.includes('.') ? written.slice(MAPPED.length) : written;
}
