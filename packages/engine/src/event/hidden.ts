/** What the sanitise… actions of rules hide: arguments and headers by name, and what a rule matched. */
import type { Hidden } from '../actions/state.ts';
import { asciiLower } from '../bytes.ts';
import type { Pair } from '../variables/pair.ts';
import { addForms, SEARCHED_BYTES_MIN, segmentsOf } from './secrets.ts';
import type { EventRequest, EventResponse } from './source.ts';

/** Variables whose parts a matched label names, by the list that holds them. */
const LISTS: Readonly<Record<string, Hidden['what']>> = {
  ARGS: 'argument',
  ARGS_GET: 'argument',
  ARGS_POST: 'argument',
  REQUEST_HEADERS: 'requestHeader',
  RESPONSE_HEADERS: 'responseHeader',
};

/** The label of a part without the collections that handed it on: `ARGS:a` of `MATCHED_VARS:ARGS:a`. */
const ownLabel = (label: string): string => label.replace(/^(?:MATCHED_VARS:)+/, '');

/** What a hidden thing is: a matched argument is one that is named. */
function named(hidden: Hidden): Hidden {
  if (hidden.what !== 'matched') return hidden;
  const label = ownLabel(hidden.name);
  const colon = label.indexOf(':');
  const what = LISTS[label.slice(0, Math.max(colon, 0))];
  return what === undefined
    ? { what: 'matched', name: label }
    : { what, name: asciiLower(label.slice(colon + 1)) };
}

/** All values that are hidden, in the forms in which rules may see them. */
export function hiddenValues(
  hidden: readonly Hidden[],
  request: EventRequest,
  response: EventResponse | null,
): ReadonlySet<string> {
  const values = new Set<string>();
  if (hidden.length === 0) return values;
  const add = (value: string): void => {
    if (value.length >= SEARCHED_BYTES_MIN) values.add(value);
  };
  const lists: Readonly<Record<Hidden['what'], readonly Pair[]>> = {
    argument: request.args,
    requestHeader: request.headers,
    responseHeader: response?.headers ?? [],
    matched: [],
  };
  const names = new Set(hidden.map(named).map(({ what, name }) => `${what}:${name}`));
  for (const [what, pairs] of Object.entries(lists)) {
    for (const { lowerKey, value } of pairs) if (names.has(`${what}:${lowerKey}`)) addForms(value, add);
  }
  const isNamed = (name: string): boolean => names.has(`argument:${asciiLower(name)}`);
  const form = request.processor === 'URLENCODED' ? (request.bodyText ?? '') : '';
  for (const text of [request.target.query ?? '', form]) {
    for (const raw of segmentsOf(text, isNamed)) addForms(raw, add);
  }
  return values;
}

/** Tells whether a label is one of a hidden thing: its value is masked whole, however short it is. */
export function labelsOf(hidden: readonly Hidden[]): (label: string) => boolean {
  if (hidden.length === 0) return () => false;
  const names = new Set(hidden.map(named).map(({ what, name }) => `${what}:${name}`));
  return (label) => {
    const { what, name } = named({ what: 'matched', name: label });
    return names.has(`${what}:${name}`);
  };
}
