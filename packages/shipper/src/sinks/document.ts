/** What sinks read of documents that they do not hand on as they are. */
import type { Document, Json, SpoolRecord } from '@sluice/spool';

const isObject = (value: Json | undefined): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path of names; undefined where there is none, or where an array is on the way. */
export function valueAt(document: Document, path: string): Json | undefined {
  const direct = document[path];
  if (direct !== undefined) return direct;
  let at: Json | undefined = document;
  for (const name of path.split('.')) {
    if (!isObject(at)) return undefined;
    at = at[name];
  }
  return at;
}

export function textAt(document: Document, path: string): string | undefined {
  const value = valueAt(document, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function numberAt(document: Document, path: string): number | undefined {
  const value = valueAt(document, path);
  return typeof value === 'number' ? value : undefined;
}

/** When it was, in milliseconds since the epoch; `otherwise` where the document does not say it. */
export function timeOf({ document }: SpoolRecord, otherwise: number): number {
  const millis = Date.parse(textAt(document, '@timestamp') ?? '');
  return Number.isFinite(millis) ? millis : otherwise;
}

/** As Syslog counts: that of the rules; where none has one, a warning of what was or would be refused, else a notice. */
export function severityOf({ document }: SpoolRecord): number {
  const severity = numberAt(document, 'event.severity');
  if (severity !== undefined && severity >= 0 && severity <= 7) return Math.trunc(severity);
  return valueAt(document, 'waf.would_block') === true ? 4 : 6;
}

/** One line that says what it is. */
export function summaryOf({ dataSet, document }: SpoolRecord): string {
  const reason = textAt(document, 'event.reason') ?? textAt(document, 'msg');
  if (reason !== undefined) return reason;
  return dataSet === 'l7' ? 'HTTP traffic' : `request ${textAt(document, 'event.action') ?? 'judged'}`;
}
