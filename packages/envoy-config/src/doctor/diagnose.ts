/**
 * What in a configuration of Envoy would let traffic by, or break it. Pure; total over any JSON: what it does not know it
 * passes over.
 */
import { checkCluster } from './clusters.ts';
import { type Finding, finding } from './codes.ts';
import { type Documented, readDocument } from './document.ts';
import { checkListener } from './listeners.ts';
import { versionFindings } from './versions.ts';

export interface DiagnoseOptions {
  /** As Envoy says it (1.40.0), where the document does not. */
  readonly version?: string;
}

export interface Diagnosis {
  readonly findings: readonly Finding[];
  readonly listeners: number;
  readonly clusters: number;
  /** Empty where nobody said it. */
  readonly version: string;
}

/** @throws EnvoyConfigError ENVOY_DOCUMENT for what is no configuration of Envoy */
export function diagnose(document: unknown, options: DiagnoseOptions = {}): Diagnosis {
  const read = readDocument(document);
  const version = options.version ?? read.version;
  const asked = new Set<string>();
  const findings = [
    ...read.listeners.flatMap((listener) => checkListener(listener, read, asked)),
    ...read.clusters.flatMap((cluster) => checkCluster(cluster, asked.has(cluster.at('name').text))),
    ...unknownClusters(read, asked),
    ...(read.listenersComplete
      ? []
      : [finding('UNSEEN', 'dynamic_resources', { what: 'the list of listeners' })]),
    ...admin(read),
    ...versionFindings(version),
  ];
  return { findings, listeners: read.listeners.length, clusters: read.clusters.length, version };
}

function unknownClusters(
  { clusters, clustersComplete }: Documented,
  asked: ReadonlySet<string>,
): readonly Finding[] {
  if (!clustersComplete) return [];
  const known = new Set(clusters.map((cluster) => cluster.at('name').text));
  return [...asked]
    .filter((name) => !known.has(name))
    .map((name) => finding('CLUSTER_UNKNOWN', 'clusters', { name }));
}

const LOOPBACK = /^(?:127\.|::1$|localhost$)/;

function admin({ admin: node }: Documented): readonly Finding[] {
  const address = node.at('address.socket_address.address');
  if (address.text === '' || LOOPBACK.test(address.text)) return [];
  return [finding('ADMIN_OPEN', address.place, { address: address.text })];
}
