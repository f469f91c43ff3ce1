/**
 * The request target (RFC 9112 section 3.2), taken apart without normalising it: every byte of the target is in one
 * of the parts, so nothing that a server may act on is lost.
 */
import { urlDecode } from './url-decode.ts';

/** `other` is what no form of the RFC covers; it is read like a path. */
export type RequestTargetForm = 'origin' | 'absolute' | 'authority' | 'asterisk' | 'other';

export interface RequestTarget {
  readonly form: RequestTargetForm;
  /** `http://host` of the absolute form, else empty. */
  readonly origin: string;
  /** Raw path, `/` where the absolute form has none. The whole target in authority and asterisk form. */
  readonly path: string;
  /** Raw query without its `?`; null where there is no `?`. QUERY_STRING. */
  readonly query: string | null;
  /** What follows the first `#`, without it; null where there is none. A well-behaved client never sends one. */
  readonly fragment: string | null;
  /** Path and query as sent, without origin and fragment. REQUEST_URI. */
  readonly uri: string;
  /** The path, %-decoded (non-strict, `+` stays). REQUEST_FILENAME. */
  readonly filename: string;
  /** The filename after its last slash or backslash. REQUEST_BASENAME. */
  readonly basename: string;
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

function formOf(target: string, method: string): RequestTargetForm {
  if (target.startsWith('/')) return 'origin';
  if (target === '*') return 'asterisk';
  if (method === 'CONNECT') return 'authority';
  return ORIGIN.test(target) ? 'absolute' : 'other';
}

/** What follows the last slash or backslash of a decoded path. */
export const baseName = (filename: string): string =>
  filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);

/** Splits a raw request target. `method` tells `CONNECT host:port` from a path; never throws. */
export function parseRequestTarget(target: string, method: string): RequestTarget {
  const form = formOf(target, method);
  const origin = form === 'absolute' ? (ORIGIN.exec(target)?.[0] ?? '') : '';
  const rest = target.slice(origin.length);

  const hash = rest.indexOf('#');
  const beforeHash = hash < 0 ? rest : rest.slice(0, hash);
  const question = beforeHash.indexOf('?');
  const rawPath = question < 0 ? beforeHash : beforeHash.slice(0, question);
  const path = rawPath === '' && form === 'absolute' ? '/' : rawPath;
  const query = question < 0 ? null : beforeHash.slice(question + 1);

  const filename = urlDecode(path, false).value;
  return {
    form,
    origin,
    path,
    query,
    fragment: hash < 0 ? null : rest.slice(hash + 1),
    uri: path === rawPath ? beforeHash : query === null ? path : `${path}?${query}`,
    filename,
    basename: baseName(filename),
  };
}
