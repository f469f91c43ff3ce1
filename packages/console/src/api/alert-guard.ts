/** Alerts look at all namespaces: who sees some only does not see them. Who acts on one is who is signed in. */
import type { FastifyInstance } from 'fastify';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import type { Access } from './access.ts';

const PREVIEW = '/v1/alerts/preview';

export function addAlertGuard(app: FastifyInstance, access: Access, audit: Audit): void {
  app.addHook('preHandler', async (request) => {
    const reads = request.method === 'GET';
    const { identity } = access.demand(request, reads ? 'viewer' : 'operator');
    const { name, namespaces } = identity;
    if (namespaces !== null) throw new ConsoleError('CONSOLE_NAMESPACES', { user: name });
    const url = request.routeOptions.url ?? '';
    if (reads || url === PREVIEW) return;
    const body: Record<string, unknown> = { ...Object(request.body), by: name };
    request.body = body;
    const target = `${String(body.alert).slice(0, 253)} ${JSON.stringify(body.key ?? {})}`.slice(0, 1_000);
    const action = url.replace('/v1/alerts/', 'alert.');
    audit.record({ user: name, address: request.ip, action, target, outcome: 'done' });
  });
}
