/** A request as it is captured: all that judging it again takes. A record is the length of its JSON (uint32, big endian), the JSON, and the body as it came. */
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
  bodyComplete: z.boolean(),
  /** What the rules that were in force said. */
  wouldBlock: z.boolean(),
  rules: z.array(z.number()),
});

export interface CapturedRequest extends Omit<z.output<typeof schema>, 'attributes'> {
  readonly attributes: HttpRequestAttributes;
  readonly body: Uint8Array;
}

const LENGTH_BYTES = 4;

/** A body is not made into a text: a megabyte of it would hold the thread for milliseconds. */
export function writeCaptured({ body, ...about }: CapturedRequest): Buffer {
  const text = Buffer.from(JSON.stringify(about));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(text.byteLength);
  return Buffer.concat([length, text, body]);
}

/** @throws ServerError CAPTURE_DAMAGED for what another version has written */
export function readCaptured(record: Buffer): CapturedRequest {
  const end = LENGTH_BYTES + (record.byteLength < LENGTH_BYTES ? 0 : record.readUInt32BE(0));
  const data = schema.safeParse(jsonOf(record.subarray(LENGTH_BYTES, end))).data;
  if (data !== undefined) return { ...data, body: record.subarray(end) };
  throw new ServerError('CAPTURE_DAMAGED', { reason: 'a record of another version' });
}

function jsonOf(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString());
  } catch {
    // It is no record then, which the schema says.
    return null;
  }
}
