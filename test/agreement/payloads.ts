/** Every text that a test of the CRS sends, as it is meant: decoded where its place encodes it. */
import type { CorpusRequest } from '../../bench/peers/corpus.ts';
import { fromBytes } from '../../packages/cli/src/rules-test/latin1.ts';

/** Longer ones say nothing more, and cost as much as a hundred others. */
const PAYLOAD_BYTES_MAX = 2_048;
const FRAMING = /^(?:host|content-length|transfer-encoding|connection|accept(?:-.*)?)$/i;

/** Distinct payloads in the order of the suite. */
export function payloadsOf(corpus: readonly CorpusRequest[]): readonly string[] {
  const payloads = new Set<string>();
  const add = (text: string): void => {
    if (text !== '') payloads.add(text.slice(0, PAYLOAD_BYTES_MAX));
  };
  for (const { request } of corpus) {
    const [path = '', ...query] = request.uri.split('?');
    add(percentDecoded(path));
    addPairs(query.join('?'), '&', add);
    for (const [name, value] of request.headers) {
      if (/^cookie$/i.test(name)) addPairs(value, ';', add);
      else if (!FRAMING.test(name)) add(value);
    }
    addBody(fromBytes(request.body), add);
  }
  return [...payloads];
}

export const percentDecoded = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

function addPairs(text: string, separator: string, add: (text: string) => void): void {
  for (const pair of text.split(separator)) {
    const equals = pair.indexOf('=');
    if (equals >= 0) add(percentDecoded(pair.slice(0, equals)));
    add(percentDecoded(pair.slice(equals + 1)));
  }
}

/** By what the body looks like: of what type it says to be is the carrier's affair. */
function addBody(body: string, add: (text: string) => void): void {
  if (body === '') return;
  if (/^\s*[[{]/.test(body)) for (const [, text = ''] of body.matchAll(/"((?:[^"\\]|\\.)*)"/g)) add(text);
  else if (/^\s*</.test(body)) for (const [text] of body.matchAll(/[^<>]+/g)) add(text);
  else if (/^--/.test(body))
    for (const part of body.split(/\r?\n\r?\n/)) add(part.replace(/\r?\n--[\s\S]*$/, ''));
  else addPairs(body, '&', add);
  add(body);
}
