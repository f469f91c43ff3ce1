/** Reads a stage's `input`, and fills in the format's defaults. */
import { expandTemplate } from './data-template.ts';
import { fromText } from './latin1.ts';
import type { StageInput } from './stage.ts';
import type { YamlNode } from './yaml-reader.ts';

const KEYS = [
  'dest_addr',
  'port',
  'protocol',
  'uri',
  'version',
  'method',
  'headers',
  'data',
  'encoded_data',
  'stop_magic',
  'autocomplete_headers',
  'encoded_request',
  'save_cookie',
  // Known to the format, not implemented here: refused below, by name.
  'uris',
  'follow_redirect',
  'raw_request',
  'response',
];
const UNSUPPORTED_KEYS = ['uris', 'raw_request', 'response'];
const UNSUPPORTED_FLAGS = ['save_cookie', 'follow_redirect'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function readInput(node: YamlNode): StageInput {
  const fields = node.fields(KEYS);
  for (const key of UNSUPPORTED_KEYS) {
    const found = fields.get(key);
    if (found !== undefined) throw found.unsupported();
  }
  for (const key of UNSUPPORTED_FLAGS) {
    const found = fields.get(key);
    if (found?.boolean()) throw found.unsupported();
  }
  const text = (key: string, fallback: string): string => fromText(fields.get(key)?.text() ?? fallback);
  const rawRequest = readBase64(fields.get('encoded_request'));
  const data = readData(fields.get('data'), fields.get('encoded_data'));
  if (rawRequest !== null && data !== '') {
    throw node.fail('data and encoded_request are given both');
  }
  return {
    destination: {
      address: text('dest_addr', 'localhost'),
      port: fields.get('port')?.integer(1, 65_535) ?? 80,
      protocol: text('protocol', 'http'),
    },
    method: text('method', 'GET'),
    uri: text('uri', '/'),
    version: text('version', 'HTTP/1.1'),
    headers: readHeaders(fields.get('headers')),
    data,
    autocompleteHeaders: readAutocomplete(fields),
    rawRequest,
  };
}

/** A map has no order, so the client sends it sorted by name; latin1 order is byte order. */
function readHeaders(node: YamlNode | undefined): [name: string, value: string][] {
  const headers = (node?.strings() ?? []).map(([name, value]): [string, string] => [
    fromText(name),
    fromText(value),
  ]);
  return headers.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function readData(data: YamlNode | undefined, encoded: YamlNode | undefined): string {
  if (data === undefined) return readBase64(encoded) ?? '';
  const expanded = expandTemplate(data.text());
  if (expanded === null) throw data.fail('holds a template other than {{ "text" | repeat N }}');
  return fromText(expanded);
}

/** An empty value counts as absent, as it does to the client. */
function readBase64(node: YamlNode | undefined): string | null {
  const text = node?.text().replace(/[\r\n]/g, '') ?? '';
  if (node === undefined || text === '') return null;
  if (!BASE64.test(text)) throw node.fail('is not base64');
  return Buffer.from(text, 'base64').toString('latin1');
}

/** `stop_magic` is the older name, with the opposite sense; the newer one wins. */
function readAutocomplete(fields: ReadonlyMap<string, YamlNode>): boolean {
  const stopMagic = fields.get('stop_magic')?.boolean() ?? false;
  return fields.get('autocomplete_headers')?.boolean() ?? !stopMagic;
}
