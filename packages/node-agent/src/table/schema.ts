/** The shape of a node's table: what a controller writes, or a person. */
import { isIP } from 'node:net';
import { BODY_PROFILES, DATA_PATHS, isPolicyMetadata } from '@sluice/envoy-config';
import { z } from 'zod';
import { ORIGINAL_SOURCE_MARK, PODS_MAX, PORTS_PER_POD_MAX, RANGES_MAX } from '../limits.ts';

const absolutePath = z.string().regex(/^\/[^\0]*$/, 'expected an absolute path');

const range = z.string().refine((text) => {
  const [address = '', length = '', ...rest] = text.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && /^\d{1,3}$/.test(length) && Number(length) <= bits && rest.length === 0;
}, 'expected a CIDR range such as 10.0.0.0/8');

const ranges = z.array(range).max(RANGES_MAX);

const unique = <T>(key: (item: T) => unknown, what: string) => ({
  check: (items: readonly T[]): boolean => new Set(items.map(key)).size === items.length,
  message: `two of them have the same ${what}`,
});

const portNumbers = unique((port: { readonly number: number }) => port.number, 'number');

const guard = {
  mode: z.enum(['Off', 'Detect', 'Block']),
  unavailable: z.enum(['Closed', 'Open']).default('Closed'),
  dataPath: z.enum(DATA_PATHS).exactOptional(),
  profile: z.enum(BODY_PROFILES).exactOptional(),
  responses: z.boolean().exactOptional(),
};

const policyName = z.string().min(1).max(253);

const PLAIN_NAME = 'with ext_proc it is a header of gRPC: ASCII without spaces';

const port = z
  .strictObject({
    /** The container's port. */
    number: z.int().min(1).max(65_535),
    protocol: z.enum(['http', 'h2c', 'tls', 'tcp']),
    tls: z.strictObject({ certificateChainPath: absolutePath, privateKeyPath: absolutePath }).exactOptional(),
    uninspected: z.enum(['Allow', 'Refuse']).exactOptional(),
    upgrades: z.array(z.string().min(1)).max(16).exactOptional(),
    paths: z.enum(['AsSent', 'Normalised', 'Strict']).exactOptional(),
    /** In place of the pod's policy, whole. */
    policy: z
      .strictObject({ name: policyName, ...guard })
      .refine(({ dataPath, name }) => dataPath !== 'ext_proc' || isPolicyMetadata(name), {
        message: PLAIN_NAME,
        path: ['name'],
      })
      .exactOptional(),
  })
  .refine((value) => value.tls === undefined || value.protocol === 'tls', {
    message: 'a key is for protocol tls only',
    path: ['tls'],
  });

const pod = z
  .strictObject({
    namespace: z.string().min(1).max(253),
    name: z.string().min(1).max(253),
    uid: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'expected letters, digits, dots and dashes'),
    /** Null where the pod has none of its own, or it is not known yet. */
    networkNamespacePath: absolutePath.nullable(),
    hostNetwork: z.boolean().default(false),
    ipFamilies: z
      .array(z.enum(['IPv4', 'IPv6']))
      .min(1)
      .max(2)
      .default(['IPv4', 'IPv6']),
    ...guard,
    policy: policyName.default('default'),
    ports: z.array(port).max(PORTS_PER_POD_MAX).refine(portNumbers.check, { message: portNumbers.message }),
    /** Clients whose connections go to the workload directly, unseen. Nobody, unless the policy names them. */
    exemptSources: ranges.default([]),
  })
  .refine((value) => value.hostNetwork || value.networkNamespacePath !== null, {
    message: 'a pod that is not on the host network has a network namespace',
    path: ['networkNamespacePath'],
  })
  .refine(({ dataPath, policy }) => dataPath !== 'ext_proc' || isPolicyMetadata(policy), {
    message: PLAIN_NAME,
    path: ['policy'],
  });

const uids = unique((each: { readonly uid: string }) => each.uid, 'uid');

export const tableSchema = z.strictObject({
  /** What whoever writes the table calls it: the status says it once the table is in force. */
  revision: z.string().max(128).exactOptional(),
  settings: z.strictObject({
    /** Unix sockets of Sluice's processes on this node. */
    sluiceSockets: z.array(absolutePath).min(1).max(64),
    trustedProxies: ranges.default([]),
    maxRequestBytes: z.int().min(1).max(1_073_741_824).exactOptional(),
    verdictMillis: z.int().min(1).max(3_600_000).exactOptional(),
    statusOnError: z.int().min(400).max(599).exactOptional(),
    accessLog: absolutePath.nullable().exactOptional(),
    originalSourceMark: z.int().min(1).max(4_294_967_295).default(ORIGINAL_SOURCE_MARK),
  }),
  pods: z.array(pod).max(PODS_MAX).refine(uids.check, { message: uids.message }),
});

export type AgentTable = z.output<typeof tableSchema>;
export type TablePod = AgentTable['pods'][number];
export type TableSettings = AgentTable['settings'];
