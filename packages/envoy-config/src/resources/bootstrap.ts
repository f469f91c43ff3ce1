/** What an Envoy is told once, at its start. */
import { type Json, typed } from '../json.ts';
import { CLIENT_CONNECTIONS_MAX } from '../limits.ts';

export interface NodeBootstrapOptions {
  /** Name of the node, in Envoy's log and statistics. */
  readonly node: string;
  /** Folder with lds.json and cds.json, which must exist before Envoy starts (XdsFiles writes them). */
  readonly xdsDirectory: string;
  /** Unix socket of the admin interface, for its owner alone: whoever reaches it can stop Envoy. */
  readonly adminSocketPath: string;
}

export const LISTENERS_FILE = 'lds.json';
export const CLUSTERS_FILE = 'cds.json';

/** The node's Envoy: listeners and clusters come from files, which change while it runs. */
export function nodeBootstrap({ node, xdsDirectory, adminSocketPath }: NodeBootstrapOptions): Json {
  const file = (name: string): Json => ({
    resource_api_version: 'V3',
    path_config_source: { path: `${xdsDirectory}/${name}` },
  });
  return {
    node: { id: node, cluster: 'sluice' },
    admin: { address: { pipe: { path: adminSocketPath, mode: 0o600 } } },
    overload_manager: overloadManager(),
    dynamic_resources: { lds_config: file(LISTENERS_FILE), cds_config: file(CLUSTERS_FILE) },
  };
}

/** Envoy warns of a missing limit, and rightly: file descriptors end before memory does. */
export const overloadManager = (): Json => ({
  resource_monitors: [
    {
      name: 'envoy.resource_monitors.global_downstream_max_connections',
      typed_config: typed(
        'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        { max_active_downstream_connections: CLIENT_CONNECTIONS_MAX },
      ),
    },
  ],
});
