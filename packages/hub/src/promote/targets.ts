/** Targets of rules, as an exclusion can name them. */
import { PROMOTE_LIMITS } from './limits.ts';

/** What a client sends, so that a rule can be told not to look at it. */
export const EXCLUDABLE_VARIABLES: ReadonlySet<string> = new Set([
  'ARGS',
  'ARGS_GET',
  'ARGS_GET_NAMES',
  'ARGS_NAMES',
  'ARGS_POST',
  'ARGS_POST_NAMES',
  'FILES',
  'FILES_NAMES',
  'MULTIPART_PART_HEADERS',
  'QUERY_STRING',
  'REQUEST_BASENAME',
  'REQUEST_BODY',
  'REQUEST_COOKIES',
  'REQUEST_COOKIES_NAMES',
  'REQUEST_FILENAME',
  'REQUEST_HEADERS',
  'REQUEST_HEADERS_NAMES',
  'REQUEST_LINE',
  'REQUEST_URI',
  'REQUEST_URI_RAW',
  'XML',
]);

/** Variables that are one text of the request: everything in it, whoever chose it. */
const WHOLE: ReadonlySet<string> = new Set([
  'QUERY_STRING',
  'REQUEST_BODY',
  'REQUEST_LINE',
  'REQUEST_URI',
  'REQUEST_URI_RAW',
]);

export interface Excludable {
  /** As SecLang names it: `ARGS:comment`, `ARGS:/^json\.items\.[0-9]+\.html$/`. */
  readonly target: string;
  /** Lower is narrower: a named value, a variable as a whole, a text that holds everything. */
  readonly breadth: 0 | 1 | 2;
}

export interface NamedTarget {
  readonly shown: string;
  readonly excludable: Excludable | null;
}

/** What a client sends with each request, wherever it goes: the same on many paths says nothing of the client. */
export const isCarried = (target: string): boolean => /^REQUEST_(?:COOKIES|HEADERS)/.test(target);

/** Names that applications choose. Any other may be the attack itself, and an exclusion must not be written by an attacker. */
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.[\]-]*$/;

/** An element of a list of JSON, which is at another place in the next request. */
const ELEMENT = /\.\d+(?:\.|$)/;

const UNNAMED = '{…}';

/** @param variable of an event: `ARGS:comment` */
export function excludableTarget(variable: string): NamedTarget {
  const colon = variable.indexOf(':');
  const collection = colon < 0 ? variable : variable.slice(0, colon);
  const name = colon < 0 ? null : variable.slice(colon + 1);
  const known = EXCLUDABLE_VARIABLES.has(collection);
  if (name === null) {
    if (!known) return { shown: collection, excludable: null };
    return { shown: collection, excludable: { target: collection, breadth: WHOLE.has(collection) ? 2 : 1 } };
  }
  if (!NAME.test(name) || name.length > PROMOTE_LIMITS.nameCharactersMax) {
    return { shown: `${collection}:${UNNAMED}`, excludable: null };
  }
  if (!known) return { shown: variable, excludable: null };
  if (!/^json\./i.test(name) || !ELEMENT.test(name)) {
    return { shown: variable, excludable: { target: variable, breadth: 0 } };
  }
  const parts = name.split('.').map((part) => (/^\d+$/.test(part) ? null : part));
  const pattern = parts.map((part) => (part === null ? '[0-9]+' : part.replace(/[[\]-]/g, '\\$&')));
  return {
    shown: `${collection}:${parts.map((part) => part ?? '{n}').join('.')}`,
    excludable: { target: `${collection}:/^${pattern.join('\\.')}$/`, breadth: 0 },
  };
}
