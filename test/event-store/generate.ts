/** Documents and queries at random, over any schema, from few values, so that they meet. */

import type { PatternPart, Query, QueryField, QueryValue } from '@sluice/hub';
import type { Field, FieldType, Json, Schema, SpoolRecord } from '@sluice/spool';
import fc from 'fast-check';

export const BASE_MILLIS = Date.UTC(2026, 10, 23, 6, 0, 0);

/** Hostile and plain; some differ from others in one byte, in case, or in what UTF-16 and UTF-8 make of their order. */
export const TEXTS: readonly string[] = [
  '',
  'a',
  'A',
  'ab',
  'abc',
  'a*c',
  'a?c',
  '[a]',
  'a%_',
  "it's",
  '"quoted"',
  'back\\slash',
  'nul\0inside',
  'nul\0other',
  'line\nbreak',
  '\ud800half',
  '\ufffdhalf',
  '\u{1f600}',
  '\uff5e',
  'é',
  '1; DROP TABLE waf; --',
  "'||(SELECT 1)||'",
  "[1] ID:'942100' Data:'' [2] ID:'949110'",
  '942100',
  '949110',
  '/shop/items?id=1%20OR%201=1',
  'GET',
  'POST',
  'Deployment/shop',
  'x'.repeat(8_191),
  `${'y'.repeat(8_000)}z`,
];

const ADDRESSES = [
  '10.0.0.1',
  '10.0.0.2',
  '10.1.2.3',
  '192.168.0.255',
  '2001:db8::1',
  '2001:DB8:0::2',
  '::ffff:10.0.0.1',
  '::',
];
const BLOCKS = ['10.0.0.0/8', '10.0.0.0/31', '2001:db8::/32', '0.0.0.0/0', '::/0', '10.1.2.3/32'];
const NUMBERS = [0, 1, -1, 2, 5, 403, 200, 1_000_000, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const DATES = [-86_400_000, -1, 0, 1, 1_000, 60_000, 3_600_000].map((distance) => BASE_MILLIS + distance);

const iso = (millis: number): string => new Date(millis).toISOString();

function jsonOf(type: FieldType): fc.Arbitrary<Json> {
  switch (type) {
    case 'keyword':
      return fc.constantFrom(...TEXTS);
    case 'ip':
      return fc.constantFrom(...ADDRESSES);
    case 'date':
      return fc.constantFrom(...DATES.map(iso));
    case 'long':
      return fc.constantFrom(...NUMBERS);
    case 'boolean':
      return fc.boolean();
  }
}

/** Of `waf.rules` all fields below are many: it is an array of objects. */
function objectArrays(schema: Schema): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { path, many } of schema.fields) {
    if (!many) continue;
    const parent = path.slice(0, path.lastIndexOf('.'));
    const below = schema.fields.filter((field) => field.path.startsWith(`${parent}.`));
    if (below.length > 1 && below.every((field) => field.many)) found.add(parent);
  }
  return found;
}

interface Tree {
  readonly fields: Map<string, Field>;
  readonly objects: Map<string, Tree>;
}

const emptyTree = (): Tree => ({ fields: new Map(), objects: new Map() });

function treeOf(schema: Schema): Tree {
  const root = emptyTree();
  const families = schema.families.flatMap((family) =>
    ['sql_injection_score', 'x'].map((name) => ({ ...family, path: family.path.replace('*', name) })),
  );
  for (const field of [...schema.fields, ...families]) {
    const names = field.path.split('.');
    const last = names.pop() ?? '';
    let at = root;
    for (const name of names) {
      const next = at.objects.get(name) ?? emptyTree();
      at.objects.set(name, next);
      at = next;
    }
    at.fields.set(last, field);
  }
  return root;
}

/** A field absent, one value, or where it is many, a list. */
function fieldArbitrary({ type, many }: Field, inArray: boolean): fc.Arbitrary<Json | undefined> {
  const one = jsonOf(type);
  const list = fc.array(one, { maxLength: 3 });
  const present = many && !inArray ? fc.oneof(one, list, list) : one;
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 2, arbitrary: present });
}

function objectArbitrary(tree: Tree, path: string, arrays: ReadonlySet<string>): fc.Arbitrary<Json> {
  const isElement = arrays.has(path);
  const entries: [string, fc.Arbitrary<Json | undefined>][] = [
    ...[...tree.fields].map(
      ([name, field]) => [name, fieldArbitrary(field, isElement)] as [string, fc.Arbitrary<Json | undefined>],
    ),
    ...[...tree.objects].map(
      ([name, child]) =>
        [
          name,
          fc.option(objectArbitrary(child, path === '' ? name : `${path}.${name}`, arrays), {
            nil: undefined,
            freq: 3,
          }),
        ] as [string, fc.Arbitrary<Json | undefined>],
    ),
  ];
  const object = fc.record(Object.fromEntries(entries)).map((made) => {
    const present = Object.entries(made).filter((entry): entry is [string, Json] => entry[1] !== undefined);
    return Object.fromEntries(present) as Json;
  });
  return isElement ? fc.array(object, { maxLength: 3 }) : object;
}

/** Everything but id and time at random. */
export function recordArbitrary(
  dataSet: SpoolRecord['dataSet'],
  schema: Schema,
): (id: string) => fc.Arbitrary<SpoolRecord> {
  const body = objectArbitrary(treeOf(schema), '', objectArrays(schema));
  return (id) =>
    fc.tuple(body, fc.constantFrom(...DATES)).map(([made, millis]) => {
      const document = made as { readonly [name: string]: Json };
      const event = (document.event ?? {}) as { readonly [name: string]: Json };
      return {
        dataSet,
        id,
        source: '10.0.0.1',
        document: { ...document, '@timestamp': iso(millis), event: { ...event, id } },
      };
    });
}

const literal = ({ type }: QueryField): fc.Arbitrary<QueryValue> => {
  switch (type) {
    case 'keyword':
      return fc.constantFrom(...TEXTS.map((text) => text.toWellFormed()));
    case 'ip':
      return fc.constantFrom('10.0.0.1', '10.0.0.2', '10.1.2.3', '2001:db8::1', '2001:db8::2', '::');
    case 'date':
      return fc.constantFrom(...DATES);
    case 'long':
      return fc.constantFrom(...NUMBERS);
    case 'boolean':
      return fc.boolean();
  }
};

/** A text of the pool, parts of it replaced by wildcards. */
const patternArbitrary: fc.Arbitrary<readonly PatternPart[]> = fc
  .tuple(fc.constantFrom(...TEXTS), fc.array(fc.tuple(fc.nat(40), fc.nat(6), fc.boolean()), { maxLength: 3 }))
  .map(([text, cuts]) => {
    const parts: PatternPart[] = [];
    let rest = [...text.toWellFormed()];
    const put = (part: PatternPart): void => {
      const last = parts.at(-1);
      if (part.kind === 'any' && last?.kind === 'any') return;
      if (part.kind === 'text' && last?.kind === 'text') {
        parts[parts.length - 1] = { kind: 'text', text: last.text + part.text };
      } else {
        parts.push(part);
      }
    };
    for (const [before, length, any] of cuts) {
      const kept = rest.slice(0, before).join('');
      if (kept !== '') put({ kind: 'text', text: kept });
      rest = rest.slice(before);
      if (any) {
        put({ kind: 'any' });
        rest = rest.slice(length);
      } else if (rest.length > 0) {
        put({ kind: 'one' });
        rest = rest.slice(1);
      }
    }
    if (rest.length > 0) put({ kind: 'text', text: rest.join('') });
    return parts;
  });

function conditionOf(field: QueryField): fc.Arbitrary<Query> {
  const equal = literal(field).map((value): Query => ({ kind: 'compare', field, operator: '=', value }));
  const ordered = fc
    .tuple(fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const), literal(field))
    .map(([operator, value]): Query => ({ kind: 'compare', field, operator, value }));
  if (field.type === 'boolean') return equal;
  if (field.type === 'ip') {
    const block = fc
      .constantFrom(...BLOCKS)
      .map((value): Query => ({ kind: 'compare', field, operator: '=', value }));
    return fc.oneof(equal, ordered, block);
  }
  if (field.type !== 'keyword') return fc.oneof(equal, ordered);
  const patterns = fc.array(patternArbitrary, { minLength: 1, maxLength: 3 });
  return fc.oneof(
    equal,
    ordered,
    patterns.map((each): Query => ({ kind: 'in', field, patterns: each })),
  );
}

/** Trees as the parser makes them: AND and OR of two or more, all only by itself. */
export function queryArbitrary(fields: readonly QueryField[]): fc.Arbitrary<Query> {
  const condition = fc.constantFrom(...fields).chain(conditionOf);
  return fc.letrec<{ query: Query }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      condition,
      tie('query').map((of): Query => ({ kind: 'not', of })),
      fc
        .tuple(
          fc.constantFrom('and' as const, 'or' as const),
          fc.array(tie('query'), { minLength: 2, maxLength: 3 }),
        )
        .map(([kind, of]): Query => ({ kind, of })),
    ),
  })).query;
}

export const queryFields = (schema: Schema): readonly QueryField[] => [
  ...schema.fields.map(({ path, type }) => ({ path, type })),
  ...schema.families.map(({ path, type }) => ({ path: path.replace('*', 'sql_injection_score'), type })),
];
