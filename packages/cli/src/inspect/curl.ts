/** A request from flags in curl's style. What curl would send is what is inspected. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { fromBytes, fromText, toBytes } from '@sluice/engine';
import { InspectError } from './errors.ts';
import { parseUrl, percent, type ReadInput, type RequestParts } from './request.ts';

/** A piece of a body, in the order of the command line. */
export interface DataPart {
  readonly kind: 'data' | 'raw' | 'binary' | 'urlencode';
  readonly text: string;
}

export interface CurlFlags {
  readonly request?: string;
  readonly header?: readonly string[];
  readonly data: readonly DataPart[];
  readonly form?: readonly string[];
  readonly cookie?: string;
  readonly userAgent?: string;
  readonly referer?: string;
  readonly user?: string;
  readonly get?: true;
  readonly head?: true;
}

type Header = readonly [name: string, value: string];

interface Body {
  readonly text: string;
  readonly type: string | null;
}

const FORM = 'application/x-www-form-urlencoded';

export function requestFromFlags(url: string, flags: CurlFlags, read: ReadInput): RequestParts {
  const { host, uri } = parseUrl(fromText(url));
  const data = flags.data.map((part) => readData(part, read)).join('&');
  const hasData = flags.data.length > 0;
  const hasForm = (flags.form ?? []).length > 0;
  if (hasData && hasForm) throw bad('--form', 'cannot be given together with --data');
  const inQuery = flags.get === true && hasData;
  const body: Body | null = hasForm
    ? readForm(flags.form ?? [], read)
    : hasData && !inQuery
      ? { text: data, type: FORM }
      : null;
  const method = flags.request ?? (flags.head ? 'HEAD' : body === null ? 'GET' : 'POST');
  return {
    method: fromText(method),
    uri: inQuery
      ? `${uri}${uri.includes('?') ? '&' : '?'}${data.replace(/[\x00-\x20\x7f-\xff]/g, percent)}`
      : uri,
    protocol: 'HTTP/1.1',
    headers: headersOf(host, flags, body),
    body: toBytes(body?.text ?? ''),
  };
}

/** curl's own headers, then those of -H: a name alone removes one, `Name;` sends it empty. */
function headersOf(host: string, flags: CurlFlags, body: Body | null): Header[] {
  const own = (flags.header ?? []).map(readHeader);
  const isGiven = (name: string) => own.some(([given]) => given.toLowerCase() === name.toLowerCase());
  const standard: readonly (readonly [string, string | null])[] = [
    ['Host', host],
    ['Authorization', flags.user === undefined ? null : `Basic ${btoa(fromText(flags.user))}`],
    ['User-Agent', flags.userAgent ?? 'curl/8.5.0'],
    ['Accept', '*/*'],
    ['Referer', flags.referer ?? null],
    ['Cookie', cookieOf(flags)],
    ['Content-Length', body === null ? null : String(body.text.length)],
    ['Content-Type', body?.type ?? null],
  ];
  return [
    ...standard.flatMap(([name, value]): Header[] =>
      value === null || value === '' || isGiven(name) ? [] : [[name, fromText(value)]],
    ),
    ...own.flatMap(([name, value]): Header[] => (value === null ? [] : [[name, value]])),
  ];
}

function readHeader(text: string): readonly [name: string, value: string | null] {
  const line = fromText(text);
  if (/[\r\n]/.test(line)) throw bad('--header', 'a header has one line');
  const colon = line.indexOf(':');
  if (colon < 0 && line.endsWith(';')) return [line.slice(0, -1), ''];
  if (colon < 1) throw bad('--header', 'expected "Name: value"');
  const value = line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '');
  return [line.slice(0, colon), value === '' ? null : value];
}

function cookieOf({ cookie }: CurlFlags): string | null {
  if (cookie === undefined) return null;
  if (!cookie.includes('=')) throw bad('--cookie', 'expected name=value; cookie files are not read');
  return cookie;
}

function readData({ kind, text }: DataPart, read: ReadInput): string {
  if (kind === 'raw') return fromText(text);
  if (kind === 'urlencode') return encodePair(text, read);
  if (!text.startsWith('@')) return fromText(text);
  const content = fromBytes(read(text.slice(1)));
  return kind === 'binary' ? content : content.replace(/[\r\n\0]/g, '');
}

/** `content`, `=content`, `name=content`, `@file`, `name@file`. */
function encodePair(text: string, read: ReadInput): string {
  const at = text.search(/[=@]/);
  if (at < 0) return encode(fromText(text));
  const content = text[at] === '@' ? fromBytes(read(text.slice(at + 1))) : fromText(text.slice(at + 1));
  return `${at === 0 ? '' : `${fromText(text.slice(0, at))}=`}${encode(content)}`;
}

const encode = (value: string): string => value.replace(/[^A-Za-z0-9._~-]/g, percent);

/** multipart/form-data of `name=value`, `name=@file` and `name=<file`, with `;type=` and `;filename=`. */
function readForm(fields: readonly string[], read: ReadInput): Body {
  const parts = fields.map((field) => readField(field, read));
  // Taken from the content, so that the same call gives the same request.
  const boundary = `----------------${createHash('sha256').update(parts.join('\n'), 'latin1').digest('hex').slice(0, 24)}`;
  const text = `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
  return { text, type: `multipart/form-data; boundary=${boundary}` };
}

function readField(field: string, read: ReadInput): string {
  const equals = field.indexOf('=');
  if (equals < 1) throw bad('--form', 'expected name=value');
  const name = quoted(field.slice(0, equals));
  const [, marker = '', rest = ''] = /^([@<]?)(.*)$/s.exec(field.slice(equals + 1)) ?? [];
  const options = /^((?:(?!;(?:type|filename)=).)*)((?:;(?:type|filename)=[^;]*)*)$/s.exec(rest);
  const [, value = rest, settings = ''] = options ?? [];
  const setting = (key: string): string | null =>
    new RegExp(`;${key}="?([^;"]*)`).exec(settings)?.[1] ?? null;
  const fileName = setting('filename') ?? (marker === '@' ? basename(value) : null);
  const type = setting('type') ?? (marker === '@' ? 'application/octet-stream' : null);
  const content = marker === '' ? fromText(value) : fromBytes(read(value));
  const disposition = `form-data; name="${name}"${fileName === null ? '' : `; filename="${quoted(fileName)}"`}`;
  const contentType = type === null ? '' : `Content-Type: ${fromText(type)}\r\n`;
  return `Content-Disposition: ${disposition}\r\n${contentType}\r\n${content}`;
}

const quoted = (text: string): string => fromText(text).replace(/["\r\n]/g, percent);

const bad = (option: string, reason: string): InspectError =>
  new InspectError('INSPECT_BAD_OPTION', { option, reason });
