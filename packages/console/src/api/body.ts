/** What requests bring, checked. */
import { HubError } from '@sluice/hub';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';

/** @throws HubError HUB_REQUEST */
export const bodyOf = <T>(schema: z.ZodType<T>, request: FastifyRequest): T =>
  checkedInput(schema, request.body);

/** @throws HubError HUB_REQUEST */
export function checkedInput<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new HubError('HUB_REQUEST', { reason: z.prettifyError(parsed.error) });
}
