/** The forms in which Envoy's configuration is found: a bootstrap, a dump of a running Envoy, a file of resources. */
import { EnvoyConfigError } from '../errors.ts';
import { Node, snakeCased } from './node.ts';

export interface Documented {
  readonly listeners: readonly Node[];
  readonly clusters: readonly Node[];
  /** Route tables that listeners name, by their names. */
  readonly routes: ReadonlyMap<string, Node>;
  readonly admin: Node;
  /** False where clusters may come from elsewhere. */
  readonly clustersComplete: boolean;
  /** False where listeners may come from elsewhere. */
  readonly listenersComplete: boolean;
  /** major.minor.patch; empty where the document does not say. */
  readonly version: string;
}

/** @throws EnvoyConfigError ENVOY_DOCUMENT for what is none of these forms */
export function readDocument(value: unknown): Documented {
  const root = new Node(snakeCased(value), '');
  if (root.each('configs').length > 0) return readDump(root);
  if (root.each('resources').length > 0) return readResources(root);
  if (root.at('static_resources').exists || root.at('dynamic_resources').exists) return readBootstrap(root);
  throw new EnvoyConfigError('ENVOY_DOCUMENT', {});
}

function readBootstrap(root: Node): Documented {
  const dynamic = root.at('dynamic_resources');
  const isComplete = (name: string): boolean => !dynamic.at(name).exists && !dynamic.at('ads_config').exists;
  return {
    listeners: root.each('static_resources.listeners'),
    clusters: root.each('static_resources.clusters'),
    routes: new Map(),
    admin: root.at('admin'),
    clustersComplete: isComplete('cds_config'),
    listenersComplete: isComplete('lds_config'),
    version: '',
  };
}

function readDump(root: Node): Documented {
  const parts = root.each('configs');
  const of = (message: string): readonly Node[] => parts.filter((part) => part.message === message);
  const lists = (message: string, ...paths: readonly (readonly [string, string])[]): readonly Node[] =>
    of(message).flatMap((part) =>
      paths.flatMap(([list, item]) => part.each(list).map((entry) => entry.at(item))),
    );
  const tables = lists('RoutesConfigDump', ['dynamic_route_configs', 'route_config']);
  const [bootstrap = new Node(undefined, '')] = of('BootstrapConfigDump').map((part) => part.at('bootstrap'));
  const number = bootstrap.at('node.user_agent_build_version.version');
  const digits = ['major_number', 'minor_number', 'patch'].map((name) => number.at(name).number ?? 0);
  return {
    listeners: lists(
      'ListenersConfigDump',
      ['static_listeners', 'listener'],
      ['dynamic_listeners', 'active_state.listener'],
    ).filter(({ exists }) => exists),
    clusters: lists(
      'ClustersConfigDump',
      ['static_clusters', 'cluster'],
      ['dynamic_active_clusters', 'cluster'],
    ),
    routes: new Map(tables.map((table) => [table.at('name').text, table])),
    admin: bootstrap.at('admin'),
    clustersComplete: true,
    listenersComplete: true,
    version: number.exists ? digits.join('.') : '',
  };
}

/** A file of discovery: listeners, clusters or routes. */
function readResources(root: Node): Documented {
  const all = root.each('resources');
  const tables = all.filter(({ message }) => message === 'RouteConfiguration');
  return {
    listeners: all.filter(({ message }) => message === 'Listener'),
    clusters: all.filter(({ message }) => message === 'Cluster'),
    routes: new Map(tables.map((table) => [table.at('name').text, table])),
    admin: new Node(undefined, 'admin'),
    clustersComplete: false,
    // What it has is all that it is for.
    listenersComplete: true,
    version: '',
  };
}
