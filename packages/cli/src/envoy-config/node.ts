/** A node's configuration from a table in a file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  BODY_PROFILES,
  DATA_PATHS,
  type Json,
  type NodeTable,
  nodeBootstrap,
  nodeConfig,
  XdsFiles,
} from '@sluice/envoy-config';
import { z } from 'zod';
import { readDocument } from '../envoy-doctor/read.ts';
import { CallError } from './errors.ts';

const port = z.strictObject({
  number: z.int(),
  protocol: z.enum(['http', 'h2c', 'tls', 'tcp']),
  tls: z.strictObject({ certificateChainPath: z.string(), privateKeyPath: z.string() }).exactOptional(),
  uninspected: z.enum(['Allow', 'Refuse']).exactOptional(),
  upgrades: z.array(z.string()).exactOptional(),
  paths: z.enum(['AsSent', 'Normalised', 'Strict']).exactOptional(),
});

const pod = z.strictObject({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  networkNamespacePath: z.string(),
  ports: z.array(port),
  policy: z.string(),
  mode: z.enum(['Off', 'Detect', 'Block']),
  unavailable: z.enum(['Closed', 'Open']),
  dataPath: z.enum(DATA_PATHS).exactOptional(),
  profile: z.enum(BODY_PROFILES).exactOptional(),
  responses: z.boolean().exactOptional(),
  ipFamilies: z.array(z.enum(['IPv4', 'IPv6'])),
});

const table: z.ZodType<NodeTable> = z.strictObject({
  settings: z.strictObject({
    sluiceSockets: z.array(z.string()),
    redirectPort: z.int(),
    originalSourceMark: z.int(),
    trustedProxies: z.array(z.string()).exactOptional(),
    maxRequestBytes: z.int().exactOptional(),
    verdictMillis: z.number().exactOptional(),
    statusOnError: z.int().exactOptional(),
    accessLog: z.string().nullable().exactOptional(),
  }),
  pods: z.array(pod),
});

/** @throws CallError ENVOY_UNREADABLE, ENVOY_TABLE */
function readTable(path: string): NodeTable {
  const result = table.safeParse(readDocument(path));
  if (result.success) return result.data;
  const reason = result.error.issues
    .map(({ path: place, message }) => `${place.join('.')}: ${message}`)
    .join('; ');
  throw new CallError('ENVOY_TABLE', { path, reason });
}

/**
 * Prints the resources, or writes them with a bootstrap into a folder that Envoy can be started with.
 * @returns what is to be printed; nothing where files were written
 */
export function writeNode(path: string, out: string | undefined): readonly Json[] {
  const table = readTable(path);
  if (out === undefined) {
    const { ports, routes, ...config } = nodeConfig(table);
    return [
      { ...config, routes: routes.map((one) => ({ ...one })), ports: ports.map((one) => ({ ...one })) },
    ];
  }
  const directory = resolve(out);
  const config = nodeConfig(table, directory);
  mkdirSync(directory, { recursive: true });
  new XdsFiles(directory).write(config);
  const bootstrap = nodeBootstrap({
    node: 'sluice',
    xdsDirectory: directory,
    adminSocketPath: join(directory, 'admin.sock'),
  });
  writeFileSync(join(directory, 'bootstrap.json'), `${JSON.stringify(bootstrap, null, 2)}\n`);
  return [];
}
