/** Header lines as Envoy sends them: `envoy.config.core.v3.HeaderValue` (proto/base.proto). */
import { lengthTag, type WireReader } from './reader.ts';

/** Values are latin1 strings, one byte a character. */
export type HeaderEntry = readonly [name: string, value: string];

/** `headers` of a HeaderMap. */
export const HEADER_MAP_LINE = lengthTag(1);

const LINE_KEY = lengthTag(1);
const LINE_VALUE = lengthTag(2);
const LINE_RAW_VALUE = lengthTag(3);

/** Reads the HeaderValue in the current field. Envoy fills `raw_value`; `value` is what older ones fill. */
export function readHeaderLine(reader: WireReader): HeaderEntry {
  const outer = reader.enter();
  let key = '';
  let value = '';
  let rawValue = '';
  while (reader.more()) {
    const tag = reader.tag();
    if (tag === LINE_KEY) key = reader.latin1();
    else if (tag === LINE_VALUE) value = reader.latin1();
    else if (tag === LINE_RAW_VALUE) rawValue = reader.latin1();
    else reader.skip(tag);
  }
  reader.leave(outer);
  return [key, rawValue === '' ? value : rawValue];
}
