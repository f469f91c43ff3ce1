/** Bodies of requests, checked. */
import { HubError } from '@sluice/hub';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** @throws HubError HUB_REQUEST */
export function bodyOf<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const parsed = schema.safeParse(request.body);
  if (parsed.success) return parsed.data;
  throw new HubError('HUB_REQUEST', { reason: z.prettifyError(parsed.error) });
}
