/** For operators: /healthz (the process runs), /readyz (the store answers), /metrics. Read-only. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { EventStore } from '../store/event-store.ts';
import type { HubMetrics } from './metrics.ts';
import { Slots, withinTime } from './slots.ts';

export interface AdminParts {
  readonly metrics: HubMetrics;
  readonly store: EventStore;
  readonly draining: () => boolean;
}

/** Time that the store has to show that it answers: less than probes wait. */
const READY_MILLIS_MAX = 2_000;
const PROBES_MAX = 4;

export function addAdminRoutes(app: FastifyInstance, { metrics, store, draining }: AdminParts): void {
  const slots = new Slots('probe', PROBES_MAX);
  app.get('/healthz', (_, reply) => text(reply, 200, 'ok\n'));
  app.get('/readyz', async (_, reply) => {
    if (draining()) return text(reply, 503, 'not ready\nthe hub stops\n');
    try {
      await withinTime(slots, READY_MILLIS_MAX, () => store.get('waf', 'none'));
      return text(reply, 200, `ready\nstore: ${store.kind}\n`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return text(reply, 503, `not ready\n${reason}\n`);
    }
  });
  app.get('/metrics', async (_, reply) => {
    const { registry } = metrics;
    return reply.header('content-type', registry.contentType).send(await registry.metrics());
  });
}

export const text = (reply: FastifyReply, status: number, body: string): unknown =>
  reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(body);
