/** A record as a log record of OTLP in JSON: 64-bit numbers are texts, ids of traces are hexadecimal. */
import type { Document, Json, SpoolRecord } from '@sluice/spool';
import { severityOf, summaryOf, textAt, timeOf } from './document.ts';

/** By Syslog's severity: number and text of OpenTelemetry (logs data model, appendix B). */
const SEVERITIES: readonly (readonly [number: number, text: string])[] = [
  [21, 'FATAL'],
  [19, 'ERROR3'],
  [18, 'ERROR2'],
  [17, 'ERROR'],
  [13, 'WARN'],
  [10, 'INFO2'],
  [9, 'INFO'],
  [5, 'DEBUG'],
];

type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } };

interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

export interface EncodedLog {
  /** Who made it, as JSON: records of one resource stand together. */
  readonly resource: string;
  readonly json: string;
}

const isObject = (value: Json): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Attributes have no null. */
function anyValue(value: Exclude<Json, null>): AnyValue {
  if (typeof value === 'string') return { stringValue: value.toWellFormed() };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (isObject(value)) return { kvlistValue: { values: keyValues(value, '') } };
  const values = value as readonly Json[];
  return { arrayValue: { values: values.flatMap((each) => (each === null ? [] : [anyValue(each)])) } };
}

/** Objects become names with dots, as semantic conventions have them; objects in arrays stay objects. */
function keyValues(object: Document, prefix: string): readonly KeyValue[] {
  return Object.entries(object).flatMap(([name, value]): readonly KeyValue[] => {
    const key = `${prefix}${name}`;
    if (value === null) return [];
    if (isObject(value)) return keyValues(value, `${key}.`);
    return [{ key, value: anyValue(value) }];
  });
}

const text = (key: string, value: string): KeyValue => ({ key, value: { stringValue: value } });

function resourceOf(document: Document): readonly KeyValue[] {
  const version = textAt(document, 'observer.version');
  const host = textAt(document, 'observer.hostname') ?? textAt(document, 'host');
  return [
    text('service.name', 'sluice'),
    ...(version === undefined ? [] : [text('service.version', version)]),
    ...(host === undefined ? [] : [text('host.name', host)]),
  ];
}

/** @param now milliseconds since the epoch */
export function encodeLog(record: SpoolRecord, now: number): EncodedLog {
  const { document, dataSet, id } = record;
  const [severityNumber, severityText] = SEVERITIES[severityOf(record)] ?? SEVERITIES[6]!;
  const { '@timestamp': _, ...rest } = document;
  const trace = textAt(document, 'trace.id');
  const span = textAt(document, 'span.id');
  const nanos = (millis: number): string => `${millis}000000`;
  const log = {
    timeUnixNano: nanos(timeOf(record, now)),
    observedTimeUnixNano: nanos(now),
    severityNumber,
    severityText,
    eventName: `sluice.${dataSet}`,
    body: { stringValue: summaryOf(record) },
    // Some documents have their id by themselves.
    attributes: [...keyValues(rest, '').filter(({ key }) => key !== 'event.id'), text('event.id', id)],
    ...(trace !== undefined && /^(?!0{32})[\da-f]{32}$/i.test(trace) ? { traceId: trace } : {}),
    ...(span !== undefined && /^(?!0{16})[\da-f]{16}$/i.test(span) ? { spanId: span } : {}),
  };
  return { resource: JSON.stringify({ attributes: resourceOf(document) }), json: JSON.stringify(log) };
}

/** The body of an ExportLogsServiceRequest, from parts that are JSON already. */
export function exportRequest(logs: readonly EncodedLog[]): string {
  const byResource = Map.groupBy(logs, ({ resource }) => resource);
  const resourceLogs = [...byResource].map(([resource, of]) => {
    const records = of.map(({ json }) => json).join(',');
    return `{"resource":${resource},"scopeLogs":[{"scope":{"name":"sluice"},"logRecords":[${records}]}]}`;
  });
  return `{"resourceLogs":[${resourceLogs.join(',')}]}`;
}
