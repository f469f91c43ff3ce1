/** What the server itself reads of a request's header lines, the same on both of Envoy's ways to ask. */
import { randomUUID } from 'node:crypto';
import { OWN_HEADERS, PROBE_HEADER, REQUEST_ID_OWN } from '@sluice/envoy-config/contract';
import type { Scheme } from './inspector.ts';

/** What a request id must look like to be taken over: a token that is safe in logs, pages and queries. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

const DIGITS = /^[0-9]{1,15}$/;

export interface HeaderScan {
  /** Lines of the request, without pseudo-headers and what Envoy added for us; `:authority` is given as Host. */
  readonly headers: (readonly [name: string, value: string])[];
  /** From `:method`, `:path`, `:authority` and `:scheme`; empty where they are not there. */
  method: string;
  path: string;
  authority: string;
  scheme: string;
  requestId: string;
  requestIds: number;
  /** The Accept header, or empty. */
  accept: string;
  /** The client says that it is a probe of ours: a label of what is told, never a reason for anything. */
  probe: boolean;
  /** What it calls itself: the header's value. */
  probeName: string;
  hasUpgrade: boolean;
  hasTransferEncoding: boolean;
  /** Bytes; the largest where several are given, 0 where none. */
  contentLength: number;
}

export interface ScanOptions {
  /** Host where no line names one. */
  readonly host: string;
  /** Who makes request ids, as Envoy's configuration says: only where it is a pod's has Envoy written lines of its own, and no client can. */
  readonly requestIds: string | undefined;
  /** Takes a line away from the request where it answers true. */
  readonly takes?: (name: string, value: string) => boolean;
}

/** Names are in lower case, as Envoy gives them. */
export function scanHeaders(lines: Iterable<readonly [string, string]>, options: ScanOptions): HeaderScan {
  const scan: HeaderScan = {
    headers: [],
    method: '',
    path: '',
    authority: '',
    scheme: '',
    requestId: '',
    requestIds: 0,
    accept: '',
    probe: false,
    probeName: '',
    hasUpgrade: false,
    hasTransferEncoding: false,
    contentLength: 0,
  };
  const hosts: string[] = [];
  const isPods = options.requestIds === REQUEST_ID_OWN;
  for (const entry of lines) {
    const [name, value] = entry;
    if (name.startsWith(':')) {
      if (name === ':authority') scan.authority = value;
      else if (name === ':method') scan.method = value;
      else if (name === ':path') scan.path = value;
      else if (name === ':scheme') scan.scheme = value;
      continue;
    }
    if ((isPods && OWN_HEADERS.has(name)) || options.takes?.(name, value) === true) continue;
    if (name === 'host') hosts.push(value);
    scan.headers.push(entry);
    noteHeader(scan, name, value);
  }
  const authority = scan.authority === '' && hosts.length === 0 ? options.host : scan.authority;
  // The workload gets :authority as its Host, so it is inspected even where another Host is given beside it.
  if (authority !== '' && !hosts.includes(authority)) scan.headers.unshift(['host', authority]);
  return scan;
}

/** The target as the client wrote it: CONNECT has an authority in place of a path (RFC 9112, section 3.2.3), for which Envoy gives none. */
export const requestTarget = (method: string, path: string, { authority }: HeaderScan): string =>
  method === 'CONNECT' && path === '' ? authority : path;

export const schemeOf = (text: string): Scheme | null => (text === 'http' || text === 'https' ? text : null);

const CHUNKED = ['transfer-encoding', 'chunked'] as const;

/**
 * Puts back what Envoy takes away: a body of HTTP/1.1 that has no length came in chunks (RFC 9112, section 6.3), and rules look at how
 * messages are framed (920171).
 */
export function restoreFraming(scan: HeaderScan, protocol: string, hasBody: boolean): void {
  const isKnown = scan.hasTransferEncoding || scan.hasUpgrade || scan.contentLength > 0;
  if (hasBody && !isKnown && protocol === 'HTTP/1.1' && scan.method !== 'CONNECT') scan.headers.push(CHUNKED);
}

/** Keeps of a header what the server itself looks at. */
function noteHeader(scan: HeaderScan, name: string, value: string): void {
  switch (name) {
    case 'x-request-id':
      scan.requestId = value;
      scan.requestIds++;
      return;
    case 'accept':
      if (scan.accept === '') scan.accept = value;
      return;
    case PROBE_HEADER:
      scan.probe = true;
      scan.probeName = value;
      return;
    case 'upgrade':
      scan.hasUpgrade = true;
      return;
    case 'transfer-encoding':
      scan.hasTransferEncoding = true;
      return;
    case 'content-length':
      if (DIGITS.test(value)) scan.contentLength = Math.max(scan.contentLength, Number(value));
      return;
  }
}

/**
 * Envoy's own, so that its log and our event say the same. Where Envoy makes none, a client's could be the same each time.
 * @param source who makes request ids, as Envoy's configuration says
 */
export function requestIdOf(
  scan: Pick<HeaderScan, 'requestId' | 'requestIds'>,
  source: string | undefined,
): string {
  const isTaken = source !== REQUEST_ID_OWN && scan.requestIds === 1 && REQUEST_ID.test(scan.requestId);
  return isTaken ? scan.requestId : randomUUID();
}
