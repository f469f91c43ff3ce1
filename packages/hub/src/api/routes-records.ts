/** `POST /v1/records`: what nodes deliver. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { RECORDS_TYPE } from '@sluice/shipper/hub-wire';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HubError } from '../errors.ts';
import { readBatch } from '../ingest/batch.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { HubLimits } from '../limits.ts';
import { type Deliverers, nodeOf } from './identity.ts';
import { ROUTES } from './routes.ts';
import type { Slots } from './slots.ts';

export interface RecordsParts {
  readonly ingest: Ingest;
  readonly slots: Slots;
  readonly limits: HubLimits;
  readonly deliverers: Deliverers;
  readonly now: () => number;
  readonly took: (what: string, seconds: number) => void;
}

const decompress = promisify(gunzip);

/** What is known of a request before its body is read. */
interface Admitted {
  readonly node: string;
  readonly giveBack: () => void;
  begun: boolean;
}

export function addRecordsRoute(app: FastifyInstance, parts: RecordsParts): void {
  const { ingest, slots, deliverers, now, limits, took } = parts;
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(RECORDS_TYPE, (_: FastifyRequest, payload: AsyncIterable<Buffer>) =>
    readBody(payload, limits.batchBytesMax),
  );
  app.addContentTypeParser('*', async (request: FastifyRequest) => {
    const given = String(request.headers['content-type'] ?? 'nothing').slice(0, 100);
    throw new HubError('BATCH_TYPE', { expected: RECORDS_TYPE, given });
  });
  app.route({
    ...ROUTES.records,
    // Before the body is read: who may not deliver, or finds no room, is not to cost its memory.
    onRequest: async (request, reply) => {
      const node = await nodeOf(request.raw, deliverers, now());
      // Who has gone while it was found out who they are takes no room: nobody would give it back.
      if (reply.raw.closed || reply.raw.destroyed)
        throw new HubError('HUB_REQUEST', { reason: 'its sender has gone' });
      const state: Admitted = { node, giveBack: slots.take(), begun: false };
      admitted.set(request, state);
      reply.raw.once('close', () => {
        if (!state.begun) state.giveBack();
      });
    },
    handler: async (request) => {
      const state = admitted.get(request);
      if (state === undefined) throw new HubError('HUB_FAILED', { reason: 'a request without its node' });
      state.begun = true;
      const began = performance.now();
      try {
        const plain = await plainBody(request, limits.batchPlainBytesMax);
        return { outcomes: await ingest.append(readBatch(plain, limits.batchRecordsMax), state.node) };
      } finally {
        state.giveBack();
        took('records', (performance.now() - began) / 1_000);
      }
    },
  });
}

/**
 * The body as it comes. One that is too long is read to its end and thrown away: a sender that is cut off while it sends
 * does not see why, and would send the same again.
 */
async function readBody(payload: AsyncIterable<Buffer>, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of payload) {
    bytes += part.length;
    if (bytes <= bytesMax) parts.push(part);
    else parts.length = 0;
  }
  if (bytes > bytesMax) throw new HubError('HUB_TOO_LARGE', { limit: bytesMax, unit: 'bytes' });
  return Buffer.concat(parts);
}

/** @throws HubError BATCH_TYPE, HUB_TOO_LARGE, BATCH_MALFORMED */
async function plainBody(request: FastifyRequest, bytesMax: number): Promise<Buffer> {
  const { body } = request;
  if (!Buffer.isBuffer(body)) throw new HubError('BATCH_MALFORMED', { reason: 'there is no body' });
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding === 'identity') return body;
  if (coding !== 'gzip') {
    throw new HubError('BATCH_TYPE', { expected: 'plain or gzip', given: coding.slice(0, 100) });
  }
  try {
    return await decompress(body, { maxOutputLength: bytesMax });
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new HubError('HUB_TOO_LARGE', { limit: bytesMax, unit: 'bytes' }, cause);
    throw new HubError('BATCH_MALFORMED', { reason: 'it does not decompress' }, cause);
  }
}
