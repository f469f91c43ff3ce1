/** A request of a benchmark, as every engine gets it. */
import { createHash } from 'node:crypto';

export interface BenchRequest {
  readonly method: string;
  /** The request target as it goes over the wire. */
  readonly uri: string;
  /** "HTTP/1.1". */
  readonly protocol: string;
  /** Latin1: one character a byte. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Bytes of the request line, the headers and the body. */
export function bytesOf({ method, uri, protocol, headers, body }: BenchRequest): number {
  const head = headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return method.length + uri.length + protocol.length + 4 + head + 2 + body.length;
}

/** Equal for requests that are equal byte for byte, and for no others. */
export function digestOf({ method, uri, protocol, headers, body }: BenchRequest): string {
  const hash = createHash('sha256').update(`${method} ${uri} ${protocol}\n`, 'latin1');
  for (const [name, value] of headers) hash.update(`${name}:${value}\n`, 'latin1');
  return hash.update('\n').update(body).digest('base64');
}
