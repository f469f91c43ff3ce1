/** Alerts look at all namespaces: who sees some only does not see them. Who acts on one is who is signed in. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ConsoleError } from '../errors.ts';
import type { Audit, AuditEntry } from '../identity/audit.ts';
import type { Access } from './access.ts';

const PREVIEW = '/v1/alerts/preview';

export function addAlertGuard(app: FastifyInstance, access: Access, audit: Audit): void {
  const changes = new WeakMap<FastifyRequest, Omit<AuditEntry, 'at' | 'outcome'>>();
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
    const entry = { user: name, address: request.ip, action, target };
    audit.record({ ...entry, outcome: 'done' });
    changes.set(request, entry);
  });
  // The handlers are the hub's: that one has refused is seen by its answer.
  app.addHook('onSend', async (request, reply) => {
    const entry = changes.get(request);
    if (entry === undefined || reply.statusCode < 400) return;
    changes.delete(request);
    audit.record({ ...entry, outcome: 'refused' });
  });
}
