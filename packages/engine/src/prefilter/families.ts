/**
 * Whose values a slot is looked for in. Slots of one family stand in databases of their own, so that a header is not
 * scanned for what rules look for in arguments only, nor a request for what a response may give away.
 */
import type { CompiledRule, CompiledTarget } from '../rule-set/program.ts';

/** Parts of a message, as bits. */
const ARGUMENT = 1;
/** Of any name. */
const HEADER = 2;
const TARGET = 4;
const RESPONSE = 8;
const HEADER_NAME = 16;
/** That rules name: what one is searched for is little, and made for it. */
const NAMED_HEADER = 32;
const METHOD = 64;

export type Family =
  | 'response'
  | 'head'
  | 'header names'
  | 'named headers'
  | 'method'
  | 'arguments'
  | 'arguments and target'
  | 'arguments and headers';

/** The parts of a message that a rule's head reads, as bits. */
export const partsRead = ({ links }: CompiledRule): number =>
  (links[0]?.targets ?? []).reduce((parts, target) => parts | partOf(target), 0);

function partOf({ variable, selector }: CompiledTarget): number {
  if (variable.startsWith('RESPONSE_')) return RESPONSE;
  if (variable === 'REQUEST_HEADERS') return selector === null ? HEADER : NAMED_HEADER;
  if (variable === 'REQUEST_HEADERS_NAMES') return HEADER_NAME;
  if (variable === 'REQUEST_METHOD') return METHOD;
  return HEAD.has(variable) ? TARGET : ARGUMENT;
}

/** What a message begins with, beside its headers. */
const HEAD: ReadonlySet<string> = new Set([
  'QUERY_STRING',
  'REMOTE_ADDR',
  'REQUEST_BASENAME',
  'REQUEST_FILENAME',
  'REQUEST_LINE',
  'REQUEST_PROTOCOL',
  'REQUEST_URI',
  'REQUEST_URI_RAW',
  'SERVER_NAME',
  'UNIQUE_ID',
]);

/** @param parts those that any rule with the slot reads */
export function familyOf(parts: number): Family {
  if (parts === RESPONSE) return 'response';
  if (parts === HEADER_NAME) return 'header names';
  if (parts === NAMED_HEADER) return 'named headers';
  if (parts === METHOD) return 'method';
  if ((parts & ARGUMENT) === 0) return 'head';
  if ((parts & (HEADER | HEADER_NAME)) !== 0) return 'arguments and headers';
  return parts === ARGUMENT ? 'arguments' : 'arguments and target';
}

/** Families that stand in one database. */
export type FamilyGroup = readonly Family[];

const OTHERS: readonly FamilyGroup[] = [
  ['response'],
  ['head'],
  ['header names'],
  ['named headers'],
  ['method'],
];

/** Each family by itself. */
export const FAMILIES: readonly FamilyGroup[] = [
  ...OTHERS,
  ['arguments'],
  ['arguments and target'],
  ['arguments and headers'],
];

/** Those together that an argument is scanned for: of small patterns, three scans cost more than what is looked for. */
export const NARROW_FAMILIES: readonly FamilyGroup[] = [
  ...OTHERS,
  ['arguments', 'arguments and target', 'arguments and headers'],
];
