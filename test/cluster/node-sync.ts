/** What runs on a node beside agent and server, as a process: node node-sync.ts OPTIONS, one text of JSON. */
import {
  AdminServers,
  AgentStatusFile,
  ApiClient,
  ApiNode,
  LinkedNamespaces,
  loadKubeconfig,
  NodeSync,
  WatchedFeed,
} from '@sluice/controller';
import { pino } from 'pino';

export interface NodeSyncSettings {
  readonly node: string;
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly directory: string;
  readonly base: string;
  readonly links: string;
  /** Address of the server's page for operators. */
  readonly server: string;
  /** Path of the agent's status. */
  readonly agent: string;
  readonly table: { readonly sluiceSockets: readonly string[]; readonly verdictMillis: number };
}

const { node, namespace, kubeconfig, directory, base, links, server, agent, table }: NodeSyncSettings =
  JSON.parse(process.argv[2] ?? '{}');
const log = pino({ base: { service: 'sluice-node' } });
const client = new ApiClient(loadKubeconfig({ kubeconfig }));
const sync = new NodeSync({
  ...{ node, directory, base, table, probes: true, log },
  feed: new WatchedFeed({ client, node, log }),
  api: new ApiNode(client, namespace),
  namespaces: new LinkedNamespaces(links),
  server: new AdminServers([server]),
  agent: new AgentStatusFile(agent),
});
sync.start();
process.once('SIGTERM', () => void sync.stop().then(() => client.close()));
