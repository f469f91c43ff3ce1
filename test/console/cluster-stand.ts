/** A console on a real API server, with people who may do some things there, and Services with pods. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadKubeconfig } from '@sluice/controller';
import { ClusterDesk } from '@sluice/controller/desk';
import type { Manifest } from '../kubernetes/api-requests.ts';
import { ApiServer, type ApiServerOptions } from '../kubernetes/api-server.ts';
import { SYSTEM } from '../kubernetes/view-stand.ts';
import { type ConsoleStand, type StandOptions, startConsoleStand, Visitor } from './stand.ts';

const RBAC = 'rbac.authorization.k8s.io';
const EXAMPLES = resolve(import.meta.dirname, '../../deploy/examples');
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

export const bindingOf = (
  role: string,
  subject: { readonly kind: 'User' | 'Group'; readonly name: string },
  namespace?: string,
): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: {
    name: `${role}-${subject.name.replace(/[^a-z0-9-]/g, '-')}`,
    ...(namespace !== undefined && { namespace }),
  },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: RBAC, ...subject }],
});

export const user = (name: string) => ({ kind: 'User', name }) as const;
export const group = (name: string) => ({ kind: 'Group', name }) as const;

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const server = await ApiServer.start(options);
  await server.applyDefinitions();
  await server.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } });
  for (const folder of ['console', 'quarantine', 'view'])
    await server.apply(readFileSync(resolve(EXAMPLES, folder, 'roles.yaml'), 'utf8'));
  return server;
}

export interface ClusterStand extends ConsoleStand {
  readonly cluster: ClusterDesk;
}

/** The console has the rights of the example's role, and no others. */
export async function startClusterStand(
  server: ApiServer,
  { console: more = {}, ...parts }: StandOptions & { readonly audiences?: readonly string[] } = {},
): Promise<ClusterStand> {
  const { audiences = [] } = parts;
  const name = `console-${crypto.randomUUID()}`;
  const token = await server.serviceAccount(SYSTEM, name);
  for (const role of ['sluice-console', 'sluice-console-impersonation']) {
    const account = { kind: 'User' as const, name: `system:serviceaccount:${SYSTEM}:${name}` };
    await server.apply([bindingOf(role, account)]);
  }
  const kubeconfig = server.kubeconfig(token);
  const cluster = new ClusterDesk({ config: loadKubeconfig({ kubeconfig }), audiences, log: QUIET });
  const stand = await startConsoleStand({
    ...parts,
    console: { kubernetes: { kubeconfig, audiences }, ...more },
    cluster,
    alertPlaces: { cluster: cluster.alerts },
  });
  return {
    ...stand,
    cluster,
    close: async () => {
      await stand.close();
      await cluster.stop();
    },
  };
}

export async function signedInBy(stand: ConsoleStand, token: string): Promise<Visitor> {
  const visitor = new Visitor(stand.url);
  const answer = await visitor.ask('POST', '/api/session/token', { token });
  if (answer.status !== 200) throw new TypeError(`not let in: ${JSON.stringify(answer.body)}`);
  return visitor;
}
