/**
 * Encodes `envoy.service.ext_proc.v3.ProcessingResponse` (proto/external_processor.proto).
 *
 * To Envoy an empty response is an error, and one of the wrong kind too; each function here makes one that says
 * something, and only `encodeContinue` lets a part of an exchange go on.
 */
import { STREAM_METADATA_NAMESPACE } from '@sluice/envoy-config/contract';
import {
  BODY_SEND_MODES,
  type BodySendMode,
  HEADER_SEND_MODES,
  type HeaderSendMode,
} from './processing-mode.ts';
import { PROCESSING_KINDS, type ProcessingKind } from './processing-request.ts';
import { type Metadata, writeStruct } from './struct.ts';
import { WireWriter } from './writer.ts';

/**
 * The modes from here on, for the whole filter. What is left out is DEFAULT, which for trailers is SKIP. A body mode has no such default, so
 * both must be said: left out, it would be NONE.
 */
export interface ModeOverride {
  readonly requestBodyMode: BodySendMode;
  readonly responseBodyMode: BodySendMode;
  readonly responseHeaderMode?: HeaderSendMode;
  readonly requestTrailerMode?: HeaderSendMode;
  readonly responseTrailerMode?: HeaderSendMode;
}

export interface ContinueExtras {
  /** Of a headers answer alone; where the filter allows it. */
  readonly modeOverride?: ModeOverride | undefined;
  /** For the access log. */
  readonly metadata?: Metadata | undefined;
}

export interface ImmediateResponse {
  /** An HTTP status that Envoy knows. */
  readonly status: number;
  /** Header lines for the client; each takes the place of one that is there. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** For a client that speaks gRPC; null for others. */
  readonly grpcStatus: number | null;
  /** `%RESPONSE_CODE_DETAILS%`: without blanks, which Envoy would replace. */
  readonly details: string;
  readonly metadata?: Metadata | undefined;
}

/** CommonResponse.status */
const STATUS_CONTINUE = 0;
const RESPONSE_FIRST = 1;

/** HeaderValueOption.append_action */
const OVERWRITE_IF_EXISTS_OR_ADD = 2;

const FIELDS: Readonly<Record<ProcessingKind, number>> = {
  requestHeaders: RESPONSE_FIRST,
  responseHeaders: RESPONSE_FIRST + 1,
  requestBody: RESPONSE_FIRST + 2,
  responseBody: RESPONSE_FIRST + 3,
  requestTrailers: RESPONSE_FIRST + 4,
  responseTrailers: RESPONSE_FIRST + 5,
};

function writeContinue(writer: WireWriter, kind: ProcessingKind): void {
  writer.message(FIELDS[kind], (answer) => {
    if (kind === 'requestTrailers' || kind === 'responseTrailers') return;
    answer.message(1, (common) => common.uint32(1, STATUS_CONTINUE));
  });
}

function encode(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  write(writer);
  return writer.finish();
}

const PLAIN: ReadonlyMap<ProcessingKind, Uint8Array> = new Map(
  PROCESSING_KINDS.map((kind) => [kind, Buffer.from(encode((writer) => writeContinue(writer, kind)))]),
);

/** Lets a part go on as it is. Without extras it is the same bytes each time: they must not be written to. */
export function encodeContinue(kind: ProcessingKind, extras?: ContinueExtras): Uint8Array {
  const plain = PLAIN.get(kind);
  if (extras === undefined && plain !== undefined) return plain;
  return encode((writer) => {
    writeContinue(writer, kind);
    writeMetadata(writer, extras?.metadata);
    if (extras?.modeOverride !== undefined) writeMode(writer, extras.modeOverride);
  });
}

/** Answers the client in place of the workload; Envoy heeds nothing after it. */
export function encodeImmediate(response: ImmediateResponse): Uint8Array {
  return encode((writer) => {
    writer.message(7, (immediate) => {
      immediate.message(1, (status) => status.uint32(1, response.status));
      immediate.message(2, (mutation) => {
        for (const [name, value] of response.headers) writeHeader(mutation, name, value);
      });
      immediate.string(3, response.body);
      const { grpcStatus } = response;
      if (grpcStatus !== null) immediate.message(4, (status) => status.uint32(1, grpcStatus));
      immediate.string(5, response.details);
    });
    writeMetadata(writer, response.metadata);
  });
}

/**
 * Gives the answer that Envoy waits for more time, from now on, and says nothing else. A whole number, 1 at least; Envoy heeds it up to
 * the filter's `max_message_timeout`.
 */
export function encodeTimeoutOverride(millis: number): Uint8Array {
  return encode((writer) => {
    writer.message(10, (duration) => {
      duration.uint32(1, Math.floor(millis / 1_000));
      duration.uint32(2, (millis % 1_000) * 1_000_000);
    });
  });
}

function writeHeader(writer: WireWriter, name: string, value: string): void {
  writer.message(1, (option) => {
    option.message(1, (header) => header.string(1, name).string(3, value));
    option.uint32(3, OVERWRITE_IF_EXISTS_OR_ADD);
  });
}

function writeMetadata(writer: WireWriter, metadata: Metadata | undefined): void {
  if (metadata === undefined) return;
  writer.message(8, (namespaces) => {
    namespaces.message(1, (entry) => {
      entry.string(1, STREAM_METADATA_NAMESPACE);
      entry.message(2, (value) => value.message(5, (struct) => writeStruct(struct, metadata)));
    });
  });
}

function writeMode(writer: WireWriter, mode: ModeOverride): void {
  const { responseHeaderMode, requestTrailerMode, responseTrailerMode } = mode;
  writer.message(9, (inner) => {
    writeHeaderMode(inner, 2, responseHeaderMode);
    inner.uint32(3, BODY_SEND_MODES.indexOf(mode.requestBodyMode));
    inner.uint32(4, BODY_SEND_MODES.indexOf(mode.responseBodyMode));
    writeHeaderMode(inner, 5, requestTrailerMode);
    writeHeaderMode(inner, 6, responseTrailerMode);
  });
}

function writeHeaderMode(writer: WireWriter, field: number, mode: HeaderSendMode | undefined): void {
  if (mode !== undefined) writer.uint32(field, HEADER_SEND_MODES.indexOf(mode));
}
