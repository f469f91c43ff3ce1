/** The request headers that gRPC over HTTP/2 gives a meaning. */
import type { IncomingHttpHeaders } from 'node:http2';

/** True for application/grpc and application/grpc+proto, with or without parameters. */
export function isGrpcContentType(contentType: string | undefined): boolean {
  if (contentType === undefined) return false;
  // What Envoy says.
  if (contentType === 'application/grpc') return true;
  const type = contentType.split(';', 1)[0]?.trim();
  return type === 'application/grpc' || type === 'application/grpc+proto';
}

const TIMEOUT = /^([0-9]{1,8})([HMSmun])$/;

const UNIT_MILLIS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1_000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/** Milliseconds of a grpc-timeout, null where there is none, `malformed` where it cannot be read. */
export function readTimeout(headers: IncomingHttpHeaders): number | null | 'malformed' {
  const text = headers['grpc-timeout'];
  if (text === undefined) return null;
  const match = typeof text === 'string' ? TIMEOUT.exec(text) : null;
  if (match === null) return 'malformed';
  return Number(match[1]) * (UNIT_MILLIS[match[2] ?? ''] ?? 0);
}

/** Percent-encodes a grpc-message: printable ASCII stays. */
export const encodeMessage = (text: string): string =>
  Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(
      /[^\x20-\x24\x26-\x7e]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    );
