/** To a hub, which knows this node by its certificate, or by a token beside one that many share. What arrives twice is kept once. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SpoolRecord } from '@sluice/spool';
import { z } from 'zod';
import { ShipperError } from '../errors.ts';
import type { Outcome, Sink } from '../sink.ts';
import { forAll, groupsByBytes, sendInHalves, sendInTurn, type WholeAnswer } from './bisect.ts';
import { bearer, type HttpAnswer, HttpTarget } from './http.ts';
import { joinRecords, packRecord, RECORDS_PATH, RECORDS_TYPE } from './hub-wire.ts';
import { parseJson, textOf } from './json.ts';
import { REQUEST_BYTES_MAX } from './limits.ts';
import { common, httpsUrl, tlsOptions } from './options.ts';

export const hubSinkSchema = z.strictObject({
  ...common('hub'),
  url: httpsUrl,
  tls: tlsOptions.required({ cert: true, key: true }),
  /** Has a token of Kubernetes that is for this hub; read for each request. */
  tokenFile: z.string().min(1).optional(),
  compress: z.boolean().default(true),
});

export type HubSinkOptions = z.output<typeof hubSinkSchema>;

const outcomesSchema = z.object({
  outcomes: z.array(
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('stored') }),
      z.object({ kind: z.literal('duplicate') }),
      z.object({ kind: z.literal('refused'), reason: z.string() }),
    ]),
  ),
});

const compressed = promisify(gzip);

export class HubSink implements Sink {
  readonly name: string;
  readonly ordered = true;
  readonly #target: HttpTarget;
  readonly #compress: boolean;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor({ name, url, tls, tokenFile, compress, requestMillisMax }: HubSinkOptions) {
    this.name = name;
    this.#compress = compress;
    this.#target = new HttpTarget({
      ...{ sink: name, url, tls, requestMillisMax },
      headers: bearer(tokenFile),
    });
  }

  /** @throws ShipperError SINK_AWAY, SINK_REFUSED, SINK_ANSWER, SINK_FILE */
  deliver(records: readonly SpoolRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const groups = groupsByBytes(records.map(packRecord), (packed) => packed.length, REQUEST_BYTES_MAX);
    return sendInTurn(groups, (group) => sendInHalves(group, (part) => this.#send(part, signal)));
  }

  close(): Promise<void> {
    this.#target.close();
    return Promise.resolve();
  }

  async #send(packed: readonly Buffer[], signal: AbortSignal): Promise<WholeAnswer> {
    const plain = joinRecords(packed);
    const body = this.#compress ? await compressed(plain, { level: 1 }) : plain;
    const coding: Record<string, string> = this.#compress ? { 'content-encoding': 'gzip' } : {};
    const headers = { 'content-type': RECORDS_TYPE, ...coding };
    const answer = await this.#target.send({ path: RECORDS_PATH, body, headers, signal });
    switch (answer.status) {
      case 200:
        return { kind: 'each', outcomes: this.#outcomes(answer, packed.length) };
      case 400:
      case 413:
        return { kind: 'refused', reason: `the hub refused it: ${textOf(answer)}` };
      case 429:
      case 503:
        return forAll(packed, { kind: 'again', reason: textOf(answer) });
      default: {
        const reason = `status ${answer.status}: ${textOf(answer)}`;
        throw new ShipperError('SINK_REFUSED', { sink: this.name, reason });
      }
    }
  }

  #outcomes(answer: HttpAnswer, count: number): readonly Outcome[] {
    const result = outcomesSchema.safeParse(parseJson(answer.body));
    if (!result.success || result.data.outcomes.length !== count) {
      const details = { sink: this.name, reason: `no outcomes of ${count} records: ${textOf(answer)}` };
      throw new ShipperError('SINK_ANSWER', details);
    }
    return result.data.outcomes.map((outcome) =>
      outcome.kind === 'refused'
        ? { kind: 'dead', reason: outcome.reason, code: 'refused' }
        : { kind: 'stored' },
    );
  }
}
