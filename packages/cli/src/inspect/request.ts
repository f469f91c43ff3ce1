/** A request to inspect, wherever it came from. */
import type { HttpRequestAttributes } from '@sluice/engine';
import { InspectError } from './errors.ts';

export interface InspectedRequest {
  readonly attributes: HttpRequestAttributes;
  readonly body: Uint8Array;
  /** What was assumed about it, in sentences. */
  readonly notes: readonly string[];
}

/** Reads a file, or standard input for `-`. Throws INSPECT_UNREADABLE. */
export type ReadInput = (path: string) => Uint8Array;

/** What a source says of a request; the rest is the same for all. */
export type RequestParts = Pick<HttpRequestAttributes, 'method' | 'uri' | 'protocol' | 'headers'> & {
  readonly body: Uint8Array;
  readonly notes?: readonly string[];
};

export function makeRequest(
  { body, notes = [], ...parts }: RequestParts,
  options: { readonly id: string; readonly client: string },
): InspectedRequest {
  return {
    attributes: {
      ...parts,
      id: options.id,
      client: { address: options.client, port: 40_000 },
      server: { address: '127.0.0.1', port: 80 },
    },
    body,
    notes,
  };
}

/** A URL's host and the request target that a client sends for it. */
export interface Target {
  readonly host: string;
  readonly uri: string;
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;
/** What cannot stand in a request line, and what browsers encode in a query. */
const ENCODED = /[\x00-\x20"<>\x7f-\xff]/g;

/**
 * Takes a URL apart as curl does: a scheme may be missing, a path alone goes to localhost, what follows # is not sent.
 * Dots in the path stay, encoded bytes stay; blanks and bytes beyond ASCII are encoded.
 *
 * @param url latin1, one byte a character
 */
export function parseUrl(url: string): Target {
  const rest = url.replace(SCHEME, '');
  const end = rest.search(/[/?#]/);
  const authority = url.startsWith('/') ? 'localhost' : end < 0 ? rest : rest.slice(0, end);
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  if (!/^[\x21-\x7e]+$/.test(host)) {
    throw new InspectError('INSPECT_BAD_OPTION', { option: 'URL', reason: 'it names no host' });
  }
  const target = (end < 0 ? '' : rest.slice(end)).replace(/#.*$/s, '');
  const uri = target.startsWith('/') ? target : `/${target}`;
  return { host, uri: uri.replace(ENCODED, percent) };
}

export const percent = (char: string): string =>
  `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
