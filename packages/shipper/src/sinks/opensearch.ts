/**
 * To OpenSearch by its bulk interface, over plain HTTP: the client of Elasticsearch refuses it. Each record has its own id in an
 * index, so that what comes twice is kept once; where the name is an alias or a data stream that rolls over, ids are unique in each of
 * its indices only, and a record that is sent again across a rollover may be there twice.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { SpoolRecord } from '@sluice/spool';
import { z } from 'zod';
import { ShipperError } from '../errors.ts';
import type { Outcome, Sink } from '../sink.ts';
import { forAll, groupsByBytes, sendInHalves, sendInTurn, type WholeAnswer } from './bisect.ts';
import { type HttpAnswer, HttpTarget } from './http.ts';
import { parseJson, textOf } from './json.ts';
import { REQUEST_BYTES_MAX } from './limits.ts';
import { common, headersOption, httpUrl, tlsOptions } from './options.ts';
import { reasonOf } from './reason.ts';

export const opensearchSinkSchema = z.strictObject({
  ...common('opensearch'),
  url: httpUrl,
  tls: tlsOptions.optional(),
  headers: headersOption,
  /** `{dataSet}` stands for the name of the data set. */
  index: z
    .string()
    .regex(/^[a-z0-9.{][a-zA-Z0-9._{}-]{0,199}$/, 'a name of small letters, digits, . _ and -')
    .default('sluice-{dataSet}'),
  compress: z.boolean().default(true),
});

export type OpensearchSinkOptions = z.output<typeof opensearchSinkSchema>;

const PATH = '/_bulk?filter_path=errors,items.*.status,items.*.error';

const BUSY: readonly number[] = [429, 502, 503, 504];

const itemSchema = z.object({
  create: z.object({
    status: z.int(),
    error: z.object({ type: z.string().default(''), reason: z.string().nullish() }).optional(),
  }),
});

const bulkSchema = z.object({ errors: z.boolean(), items: z.array(itemSchema) });

const compressed = promisify(gzip);

export class OpensearchSink implements Sink {
  readonly name: string;
  readonly #target: HttpTarget;
  readonly #index: string;
  readonly #compress: boolean;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor({ name, url, tls, headers, index, compress, requestMillisMax }: OpensearchSinkOptions) {
    this.name = name;
    this.#index = index;
    this.#compress = compress;
    this.#target = new HttpTarget({ sink: name, url, tls, headers, requestMillisMax });
  }

  /** @throws ShipperError SINK_AWAY, SINK_REFUSED, SINK_ANSWER, SINK_FILE */
  deliver(records: readonly SpoolRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const lines = records.map((record) => this.#linesOf(record));
    const groups = groupsByBytes(lines, (each) => each.length, REQUEST_BYTES_MAX);
    return sendInTurn(groups, (group) => sendInHalves(group, (part) => this.#send(part, signal)));
  }

  close(): Promise<void> {
    this.#target.close();
    return Promise.resolve();
  }

  #linesOf({ dataSet, id, document }: SpoolRecord): Buffer {
    const create = { _index: this.#index.replaceAll('{dataSet}', dataSet), _id: id };
    return Buffer.from(`${JSON.stringify({ create })}\n${JSON.stringify(document)}\n`, 'utf8');
  }

  async #send(lines: readonly Buffer[], signal: AbortSignal): Promise<WholeAnswer> {
    const plain = Buffer.concat(lines);
    const body = this.#compress ? await compressed(plain, { level: 1 }) : plain;
    const coding: Record<string, string> = this.#compress ? { 'content-encoding': 'gzip' } : {};
    const headers = { 'content-type': 'application/x-ndjson', ...coding };
    const answer = await this.#target.send({ path: PATH, body, headers, signal });
    const { status } = answer;
    if (status === 200) return { kind: 'each', outcomes: this.#outcomes(answer, lines.length) };
    if (BUSY.includes(status)) return forAll(lines, { kind: 'again', reason: textOf(answer) });
    if (status === 400 || status === 413) {
      return { kind: 'refused', reason: `the server refused it: ${textOf(answer)}` };
    }
    const reason = `status ${status}: ${textOf(answer)}`;
    throw new ShipperError('SINK_REFUSED', { sink: this.name, reason });
  }

  #outcomes(answer: HttpAnswer, count: number): readonly Outcome[] {
    const result = bulkSchema.safeParse(parseJson(answer.body));
    if (!result.success || result.data.items.length !== count) {
      throw new ShipperError('SINK_ANSWER', { sink: this.name, reason: textOf(answer) });
    }
    return result.data.items.map(({ create: { status, error } }): Outcome => {
      // Created, or there already under this id.
      if ((status >= 200 && status < 300) || status === 409) return { kind: 'stored' };
      const reason = reasonOf(`${status} ${error?.type ?? ''}: ${error?.reason ?? ''}`);
      return status === 429 || status >= 500
        ? { kind: 'again', reason }
        : { kind: 'dead', reason, code: error?.type ?? 'refused' };
    });
  }
}
