/** A record as a message of RFC 5424. Printable ASCII but for values of parameters, which are UTF-8 without control characters. */
import type { SpoolRecord } from '@sluice/spool';
import { numberAt, severityOf, summaryOf, textAt, timeOf, valueAt } from './document.ts';

export interface MessageOptions {
  readonly facility: number;
  readonly appName: string;
  /** Private enterprise number, in the name of the structured data: `sluice@32473`. */
  readonly enterprise: number;
  /** What the message says behind its structured data: the whole document, or a line. */
  readonly content: 'json' | 'text';
  readonly messageBytesMax: number;
}

const HOST_LENGTH_MAX = 255;
const PROCESS_LENGTH_MAX = 128;
const VALUE_LENGTH_MAX = 1_024;
const ID_LENGTH_MAX = 128;

/** A part of the header: no space, nothing but printable ASCII (§6). */
const headerPart = (text: string | undefined, lengthMax: number): string =>
  (text ?? '').replace(/[^\x21-\x7e]/g, '?').slice(0, lengthMax) || '-';

/** §6.3.3: `"`, `\` and `]` are escaped. Control characters would begin lines of their own where messages are kept as lines. */
const parameterValue = (text: string, lengthMax: number): string => {
  const shown = text.toWellFormed().replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
  const cut = shown.length > lengthMax ? `${shown.slice(0, lengthMax).toWellFormed()}…` : shown;
  return cut.replace(/["\\\]]/g, '\\$&');
};

type Parameters = readonly (readonly [name: string, value: string | number | boolean | undefined])[];

const structured = (enterprise: number, parameters: Parameters): string => {
  const shown = parameters.flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${parameterValue(String(value), VALUE_LENGTH_MAX)}"`],
  );
  return `[sluice@${enterprise}${shown.join('')}]`;
};

function ruleIds(record: SpoolRecord): string | undefined {
  const rules = valueAt(record.document, 'waf.rules');
  if (!Array.isArray(rules) || rules.length === 0) return undefined;
  return rules.map((rule: unknown) => String(Object(rule).id)).join(',');
}

function parametersOf(record: SpoolRecord): Parameters {
  const { document } = record;
  const text = (path: string): string | undefined => textAt(document, path);
  const wouldBlock = valueAt(document, 'waf.would_block');
  return [
    ['action', text('event.action')],
    ['would_block', typeof wouldBlock === 'boolean' ? wouldBlock : undefined],
    ['policy', text('waf.policy')],
    ['mode', text('waf.mode')],
    ['rules', ruleIds(record)],
    ['source', text('source.ip')],
    ['request_id', text('http.request.id')],
    ['method', text('http.request.method')],
    ['status', numberAt(document, 'http.response.status_code') ?? numberAt(document, 'waf.status')],
    ['domain', text('url.domain')],
    ['path', text('url.path')],
  ];
}

/** JSON in ASCII: a message that is not, would have to begin with a byte order mark (§6.4). */
const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const asciiLine = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

/**
 * At most `messageBytesMax` bytes. A message that is longer goes without the document, then without all parameters but the
 * id, by which the rest can be found where it is kept; `left_out` says so.
 */
export function syslogMessage(record: SpoolRecord, options: MessageOptions): Buffer {
  const { facility, appName, enterprise, content, messageBytesMax } = options;
  const { document, dataSet, id } = record;
  const priority = facility * 8 + severityOf(record);
  const head = [
    `<${priority}>1`,
    new Date(timeOf(record, Date.now())).toISOString(),
    headerPart(textAt(document, 'observer.hostname') ?? textAt(document, 'host'), HOST_LENGTH_MAX),
    headerPart(appName, 48),
    headerPart(textAt(document, 'waf.process'), PROCESS_LENGTH_MAX),
    dataSet,
  ].join(' ');
  const own: Parameters = [['id', id.slice(0, ID_LENGTH_MAX)]];
  const all = [...own, ...parametersOf(record)];
  const line = asciiLine(summaryOf(record)).slice(0, VALUE_LENGTH_MAX);
  const whole = content === 'json' ? asciiJson(document) : line;
  const forms: readonly (() => string)[] = [
    () => `${structured(enterprise, all)} ${whole}`,
    () => `${structured(enterprise, [...all, ['left_out', 'document']])} ${line}`,
    () => structured(enterprise, [...own, ['left_out', 'document parameters']]),
  ];
  let message = Buffer.alloc(0);
  for (const form of forms) {
    message = Buffer.from(`${head} ${form()}`, 'utf8');
    if (message.length <= messageBytesMax) break;
  }
  return message;
}
