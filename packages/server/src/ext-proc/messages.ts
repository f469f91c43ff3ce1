/** What an exchange is told of Envoy's messages, and what it says to them. wire/ knows how either stands on the wire. */
import type { HeaderList } from '@sluice/engine';
import type { Metadata } from '../wire/check-response.ts';

export interface HeadersMessage {
  readonly kind: 'requestHeaders' | 'responseHeaders';
  /** Lines in order, pseudo-headers included, values latin1. */
  readonly headers: HeaderList;
  /** Lines were left out for their number. */
  readonly headersCut: boolean;
  /** There is no body. */
  readonly endOfStream: boolean;
}

export interface BodyMessage {
  readonly kind: 'requestBody' | 'responseBody';
  /** Valid until the message is handled. */
  readonly body: Uint8Array;
  readonly endOfStream: boolean;
}

export interface TrailersMessage {
  readonly kind: 'requestTrailers' | 'responseTrailers';
  readonly headers: HeaderList;
  readonly headersCut: boolean;
}

export type StreamMessage = HeadersMessage | BodyMessage | TrailersMessage;

/** The message goes on as it is. */
export interface ContinueReply {
  readonly kind: 'continue';
  readonly to: StreamMessage['kind'];
  /** For the access log; null says nothing. */
  readonly metadata: Metadata | null;
}

/** The client gets this in place of the workload's answer; nothing follows it. */
export interface ImmediateReply {
  readonly kind: 'immediate';
  /** An HTTP status that Envoy knows. */
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** For clients that speak gRPC; null for all others. */
  readonly grpcStatus: number | null;
  /** In Envoy's response code details: no blanks. */
  readonly details: string;
  readonly metadata: Metadata;
}

/** Not an answer: Envoy is to wait this much longer for one. */
export interface WaitReply {
  readonly kind: 'wait';
  readonly millis: number;
}

export type StreamReply = ContinueReply | ImmediateReply | WaitReply;

export const isHeaders = (message: StreamMessage): message is HeadersMessage =>
  message.kind === 'requestHeaders' || message.kind === 'responseHeaders';

export const isTrailers = (message: StreamMessage): message is TrailersMessage =>
  message.kind === 'requestTrailers' || message.kind === 'responseTrailers';
