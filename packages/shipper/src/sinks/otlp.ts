/** Log records of OpenTelemetry, by OTLP/HTTP in JSON. */
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
import { type EncodedLog, encodeLog, exportRequest } from './otlp-log.ts';

export const otlpSinkSchema = z.strictObject({
  ...common('otlp'),
  /** Of the collector: `/v1/logs` is added to it. */
  url: httpUrl,
  tls: tlsOptions.optional(),
  headers: headersOption,
  compress: z.boolean().default(true),
});

export type OtlpSinkOptions = z.output<typeof otlpSinkSchema>;

/** 64-bit numbers are texts in JSON; collectors of the wild send numbers, too. */
const partialSchema = z.object({
  partialSuccess: z
    .object({
      rejectedLogRecords: z.union([z.string(), z.number()]).default(0),
      errorMessage: z.string().default(''),
    })
    .nullish(),
});

/** OTLP/HTTP, “Failures”: these are to be tried again. */
const BUSY: readonly number[] = [429, 502, 503, 504];

const compressed = promisify(gzip);

export class OtlpSink implements Sink {
  readonly name: string;
  readonly #target: HttpTarget;
  readonly #compress: boolean;

  /** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
  constructor({ name, url, tls, headers, compress, requestMillisMax }: OtlpSinkOptions) {
    this.name = name;
    this.#compress = compress;
    this.#target = new HttpTarget({ sink: name, url, tls, headers, requestMillisMax });
  }

  /** @throws ShipperError SINK_AWAY, SINK_REFUSED, SINK_ANSWER, SINK_FILE */
  deliver(records: readonly SpoolRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    const logs = records.map((record) => encodeLog(record, Date.now()));
    const groups = groupsByBytes(logs, ({ json }) => json.length, REQUEST_BYTES_MAX);
    return sendInTurn(groups, (group) => sendInHalves(group, (part) => this.#send(part, signal)));
  }

  close(): Promise<void> {
    this.#target.close();
    return Promise.resolve();
  }

  async #send(logs: readonly EncodedLog[], signal: AbortSignal): Promise<WholeAnswer> {
    const plain = Buffer.from(exportRequest(logs), 'utf8');
    const body = this.#compress ? await compressed(plain, { level: 1 }) : plain;
    const coding: Record<string, string> = this.#compress ? { 'content-encoding': 'gzip' } : {};
    const headers = { 'content-type': 'application/json', ...coding };
    const answer = await this.#target.send({ path: '/v1/logs', body, headers, signal });
    const { status } = answer;
    if (status === 200) return this.#taken(answer, logs);
    if (BUSY.includes(status)) return forAll(logs, { kind: 'again', reason: textOf(answer) });
    if (status === 400 || status === 413) {
      return { kind: 'refused', reason: `the collector refused it: ${textOf(answer)}` };
    }
    const reason = `status ${status}: ${textOf(answer)}`;
    throw new ShipperError('SINK_REFUSED', { sink: this.name, reason });
  }

  /**
   * A collector says how many of a request it rejected, not which, and forbids to send them again. So that none is lost
   * unseen, all of that request become dead letters.
   */
  #taken(answer: HttpAnswer, logs: readonly EncodedLog[]): WholeAnswer {
    const result = partialSchema.safeParse(answer.body.length === 0 ? {} : parseJson(answer.body));
    if (!result.success) {
      throw new ShipperError('SINK_ANSWER', { sink: this.name, reason: textOf(answer) });
    }
    const rejected = Number(result.data.partialSuccess?.rejectedLogRecords ?? 0);
    if (rejected === 0) return forAll(logs, { kind: 'stored' });
    const why = result.data.partialSuccess?.errorMessage ?? '';
    const reason = `the collector rejected ${rejected} of ${logs.length} records of a request, which is not told: ${why}`;
    return forAll(logs, { kind: 'dead', reason, code: 'partial_success' });
  }
}
