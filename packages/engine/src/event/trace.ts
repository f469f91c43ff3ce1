/**
 * The trace that a request is a part of, by its `traceparent` (W3C Trace Context, level 1, §3.2): `00-TRACE_ID-PARENT_ID-FLAGS`. What is not
 * valid, or comes twice, is of no trace.
 */
import type { Pair } from '../variables/pair.ts';

/** Version 00 has four parts; a later one may have more behind them. `ff` is no version. */
const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

const NONE = /^0+$/;

/** In 32 small hexadecimal digits; null where there is none. */
export function traceIdOf(headers: readonly Pair[]): string | null {
  const [given, ...others] = headers.filter(({ lowerKey }) => lowerKey === 'traceparent');
  if (given === undefined || others.length > 0) return null;
  const [whole, version, traceId = '', parentId = '', more] = TRACEPARENT.exec(given.value) ?? [];
  if (whole === undefined || (version === '00' && more !== undefined)) return null;
  return NONE.test(traceId) || NONE.test(parentId) ? null : traceId;
}
