/**
 * RFC 5424 messages over TLS (RFC 5425), TCP with octet counting (RFC 6587 §3.4.1), or UDP (RFC 5426). Receivers confirm
 * nothing: stored means that the kernel has it. What a connection that breaks had on its way is lost, and over UDP any message
 * may be; where that matters, take another sink.
 */

import type { SpoolRecord } from '@sluice/spool';
import { z } from 'zod';
import type { Outcome, Sink } from '../sink.ts';
import { SYSLOG_DATAGRAM_BYTES_MAX, SYSLOG_STREAM_BYTES_MAX } from './limits.ts';
import { common, tlsOptions } from './options.ts';
import { type MessageOptions, syslogMessage } from './syslog-message.ts';
import { DatagramTransport, type MessageTransport, StreamTransport } from './syslog-transport.ts';

/** Messages of audit: what comes from programs that watch over security (RFC 5424 §6.2.1). */
const FACILITY_AUDIT = 13;
/** Reserved for documentation: who has a number of their own sets it. */
const ENTERPRISE = 32_473;
/** The least that every receiver takes (RFC 5424 §6.1). */
const MESSAGE_BYTES_MIN = 480;

export const syslogSinkSchema = z
  .strictObject({
    type: common('syslog').type,
    name: common('syslog').name,
    host: z.string().min(1),
    port: z.int().min(1).max(65_535),
    protocol: z.enum(['tls', 'tcp', 'udp']).default('tls'),
    tls: tlsOptions.optional(),
    facility: z.int().min(0).max(23).default(FACILITY_AUDIT),
    appName: z
      .string()
      .regex(/^[\x21-\x7e]{1,48}$/)
      .default('sluice'),
    enterprise: z.int().min(0).max(4_294_967_295).default(ENTERPRISE),
    content: z.enum(['json', 'text']).default('json'),
    messageBytesMax: z.int().min(MESSAGE_BYTES_MIN).max(65_507).optional(),
  })
  .refine(({ protocol, tls }) => protocol === 'tls' || tls === undefined, {
    message: 'tls is of protocol: tls',
    path: ['tls'],
  });

export type SyslogSinkOptions = z.output<typeof syslogSinkSchema>;

export class SyslogSink implements Sink {
  readonly name: string;
  readonly ordered = true;
  readonly #message: MessageOptions;
  readonly #transport: MessageTransport;

  /** @throws ShipperError SINK_FILE */
  constructor(options: SyslogSinkOptions) {
    const { name: sink, host, port, protocol, tls } = options;
    const isDatagram = protocol === 'udp';
    const bytesMax = isDatagram ? SYSLOG_DATAGRAM_BYTES_MAX : SYSLOG_STREAM_BYTES_MAX;
    this.name = sink;
    this.#message = { ...options, messageBytesMax: options.messageBytesMax ?? bytesMax };
    const address = { sink, host, port };
    this.#transport = isDatagram
      ? new DatagramTransport(address)
      : new StreamTransport({ ...address, tls: protocol === 'tls' ? (tls ?? {}) : null });
  }

  /** @throws ShipperError SINK_AWAY, SINK_FILE */
  async deliver(records: readonly SpoolRecord[], signal: AbortSignal): Promise<readonly Outcome[]> {
    await this.#transport.send(
      records.map((record) => syslogMessage(record, this.#message)),
      signal,
    );
    return records.map(() => ({ kind: 'stored' }));
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}
