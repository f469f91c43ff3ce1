/**
 * Events as ModSecurity's serial audit log has them: sections between boundaries, A (who), B (request headers), F (response
 * headers), H (rules), Z (end). What an event does not hold is left out: bodies (C, E), most headers, the files of a form (I, J).
 * No value can end its line or forge a boundary: control characters are escaped, and the boundary is the event's own.
 */
import type { Document } from '../record.ts';
import {
  componentOf,
  engineMode,
  headersOf,
  isDenied,
  type LoggedRule,
  loggedRules,
  producerOf,
  timeOf,
} from './modsecurity-facts.ts';
import { numberAt, textAt } from './read.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const BOUNDARY_CHARACTERS = 8;

const hex = (char: string): string =>
  [...Buffer.from(char, 'utf8')].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

/** On a line of its own. */
const plain = (text: string): string => text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, hex);

/** Between quotes, in printable ASCII, as in ModSecurity's error log. */
const quoted = (text: string): string =>
  `"${text.replace(/["\\]|[^\x20-\x7e]/gu, (char) => (char === '"' || char === '\\' ? `\\${char}` : hex(char)))}"`;

const field = (name: string, value: string): string => (value === '' ? '' : ` [${name} ${quoted(value)}]`);

/** `[23/Nov/2026:07:04:49 +0000]` */
function logTime(time: Date | null): string {
  if (time === null) return '[-]';
  const day = String(time.getUTCDate()).padStart(2, '0');
  const clock = time.toISOString().slice(11, 19);
  return `[${day}/${MONTHS[time.getUTCMonth()]}/${time.getUTCFullYear()}:${clock} +0000]`;
}

/** All lines of an event, the last one with its line end. */
export function modsecurityNative(document: Document): string {
  // The end of the id: a client knows no id before it is made.
  const boundary = textAt(document, 'event.id').slice(-BOUNDARY_CHARACTERS).toLowerCase() || '00000000';
  const section = (letter: string, lines: readonly string[]): string =>
    [`--${boundary}-${letter}--`, ...lines.map(plain), ''].join('\n');
  return [
    section('A', [whoOf(document)]),
    section('B', [...requestOf(document), '']),
    section('F', [...responseOf(document), '']),
    section('H', [...messagesOf(document), '']),
    section('Z', ['']),
  ].join('');
}

function whoOf(document: Document): string {
  const end = (name: string): string =>
    `${textAt(document, `${name}.ip`) || '-'} ${numberAt(document, `${name}.port`) ?? 0}`;
  const id = textAt(document, 'http.request.id') || '-';
  return `${logTime(timeOf(document))} ${id} ${end('source')} ${end('destination')}`;
}

const requestOf = (document: Document): readonly string[] => [
  ['http.request.method', 'url.original', 'protocol'].map((path) => textAt(document, path)).join(' '),
  ...headersOf(document).map(([name, value]) => `${name}: ${value}`),
];

function responseOf(document: Document): readonly string[] {
  const status = numberAt(document, 'http.response.status_code');
  const type = textAt(document, 'http.response.mime_type');
  const line = `${textAt(document, 'protocol') || 'HTTP/1.1'} ${status ?? '-'}`;
  return type === '' ? [line] : [line, `Content-Type: ${type}`];
}

function messagesOf(document: Document): readonly string[] {
  const rules = loggedRules(document);
  const decided = rules.find(({ isDisruptive }) => isDisruptive);
  const status = numberAt(document, 'waf.status');
  const component = componentOf(document);
  const time = timeOf(document);
  const micros = Math.round((numberAt(document, 'event.duration') ?? 0) / 1_000);
  return [
    ...rules.map((rule) => messageOf(document, rule, status)),
    ...(isDenied(document) ? [`Action: Intercepted (phase ${decided?.phase ?? 0})`] : []),
    ...(time === null ? [] : [`Stopwatch: ${time.getTime() * 1_000} ${micros} (- - -)`]),
    `Producer: ${[producerOf(document), component].filter((part) => part !== '').join('; ')}.`,
    'Server: Envoy',
    `Engine-Mode: "${engineMode(document) === 'On' ? 'ENABLED' : 'DETECTION_ONLY'}"`,
  ];
}

function messageOf(document: Document, rule: LoggedRule, status: number | null): string {
  const what = rule.isDisruptive
    ? `Access denied with code ${status ?? 403} (phase ${rule.phase}).`
    : 'Warning.';
  const where = rule.variable === '' ? '' : ` Matched ${quoted(rule.value)} at ${plain(rule.variable)}.`;
  const fields = [
    field('file', rule.file),
    field('line', String(rule.line)),
    field('id', rule.id),
    field('msg', rule.message),
    field('data', rule.data),
    field('severity', rule.severityName),
    ...rule.tags.map((tag) => field('tag', tag)),
    field('hostname', textAt(document, 'url.domain')),
    field('uri', textAt(document, 'url.path')),
    field('unique_id', textAt(document, 'http.request.id')),
  ];
  return `Message: ${what}${where}${fields.join('')}`;
}
