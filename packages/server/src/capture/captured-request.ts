/** A request as it is captured: all that judging it again takes. */
import type { HttpRequestAttributes } from '@sluice/engine';
import { z } from 'zod';
import { ServerError } from '../errors.ts';

const endpoint = z.object({ address: z.string(), port: z.number() });

const schema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  policy: z.string(),
  attributes: z.object({
    id: z.string(),
    method: z.string(),
    uri: z.string(),
    protocol: z.string(),
    headers: z.array(z.tuple([z.string(), z.string()])),
    client: endpoint,
    server: endpoint,
  }),
  /** Base64. */
  body: z.string(),
  bodyComplete: z.boolean(),
  /** What the rules that were in force said. */
  wouldBlock: z.boolean(),
  rules: z.array(z.number()),
});

export interface CapturedRequest extends Omit<z.output<typeof schema>, 'body' | 'attributes'> {
  readonly attributes: HttpRequestAttributes;
  readonly body: Uint8Array;
}

export const writeCaptured = (request: CapturedRequest): Buffer =>
  Buffer.from(JSON.stringify({ ...request, body: Buffer.from(request.body).toString('base64') }));

/** @throws ServerError CAPTURE_DAMAGED for what another version has written */
export function readCaptured(record: Buffer): CapturedRequest {
  const { success, data } = schema.safeParse(JSON.parse(record.toString()));
  if (success) return { ...data, body: Buffer.from(data.body, 'base64') };
  throw new ServerError('CAPTURE_DAMAGED', { reason: 'a record of another version' });
}
