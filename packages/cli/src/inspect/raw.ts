/** A request from a file that holds it as it goes over the wire, or as an editor saved it. */
import { fromBytes, toBytes } from '@sluice/engine';
import { parseRequest } from '../rules-test/http-parser.ts';
import { InspectError } from './errors.ts';
import type { RequestParts } from './request.ts';

/** @throws InspectError INSPECT_NOT_HTTP where a server would refuse it before any rule saw it */
export function requestFromRaw(path: string, bytes: Uint8Array): RequestParts {
  const notes: string[] = [];
  const text = withLength(withLineEnds(fromBytes(bytes), notes), notes);
  const result = parseRequest(toBytes(text));
  if (result.kind === 'refused') {
    throw new InspectError('INSPECT_NOT_HTTP', { path, reason: result.refusal.reason });
  }
  return { ...result.request, notes };
}

/** Editors end lines in LF; the head of a request needs CRLF. The body stays as it is. */
function withLineEnds(text: string, notes: string[]): string {
  if (text.includes('\r\n\r\n')) return text;
  const end = /\r?\n\r?\n/.exec(text);
  const head = end === null ? text.replace(/\r?\n$/, '') : text.slice(0, end.index);
  const body = end === null ? '' : text.slice(end.index + end[0].length);
  notes.push('the line ends of its head were made CRLF');
  return `${head.replace(/\r?\n/g, '\r\n')}\r\n\r\n${body}`;
}

/** Without a length a body would not be read: what follows the head is meant as one. */
function withLength(text: string, notes: string[]): string {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  const bodyBytes = text.length - end - 4;
  if (bodyBytes === 0 || /\r\n(?:content-length|transfer-encoding):/i.test(head)) return text;
  notes.push(`Content-Length: ${bodyBytes} was added`);
  return `${head}\r\nContent-Length: ${bodyBytes}${text.slice(end)}`;
}
