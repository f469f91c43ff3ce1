/** Every kind of sink but Elasticsearch's: its settings, and how it is opened. */
import { z } from 'zod';
import type { Sink } from '../sink.ts';
import { HubSink, hubSinkSchema } from './hub.ts';
import { NdjsonSink, ndjsonSinkSchema } from './ndjson.ts';
import { OpensearchSink, opensearchSinkSchema } from './opensearch.ts';
import { OtlpSink, otlpSinkSchema } from './otlp.ts';
import { SyslogSink, syslogSinkSchema } from './syslog.ts';

export { bearer, type HttpAnswer, HttpTarget, type HttpTargetOptions } from './http.ts';
export type { TlsPaths } from './tls-files.ts';

/** By `type`. Names are unique in a list: each has a position in the spool of its own. */
export const SINK_SCHEMAS = [
  hubSinkSchema,
  ndjsonSinkSchema,
  otlpSinkSchema,
  syslogSinkSchema,
  opensearchSinkSchema,
] as const;

export const sinkSchema = z.discriminatedUnion('type', SINK_SCHEMAS);

export type SinkOptions = z.output<typeof sinkSchema>;

/** @throws ShipperError SHIPPER_OPTION, SINK_FILE */
export function openSink(options: SinkOptions): Sink {
  switch (options.type) {
    case 'hub':
      return new HubSink(options);
    case 'ndjson':
      return new NdjsonSink(options);
    case 'otlp':
      return new OtlpSink(options);
    case 'syslog':
      return new SyslogSink(options);
    case 'opensearch':
      return new OpensearchSink(options);
  }
}
