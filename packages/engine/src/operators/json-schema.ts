/**
 * JSON Schema, compiled: drafts 7 and 2019-09, and 2020-12, which counts where a schema names none. Nothing is fetched: a
 * reference leads into the same file. `format` is an annotation (2020-12, 7.2.1). Keywords that are unknown are refused, since
 * a mistyped one would check nothing.
 */
import type { Ajv, ErrorObject } from 'ajv';
import { fromText } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import { loadAjv, type SchemaDialect } from './ajv.ts';
import { parseJsonDocument } from './json-document.ts';
import { pointerTo } from './json-pointer.ts';
import { boundKeywords } from './json-schema-keywords.ts';
import { patternEngine } from './json-schema-pattern.ts';
import type { Regex } from './operator.ts';

/** Says what is wrong with a JSON text, or null where it is valid. */
export type CheckJson = (text: string) => string | null;

const DIALECTS: readonly (readonly [uri: RegExp, dialect: SchemaDialect])[] = [
  [/^https?:\/\/json-schema\.org\/draft-07\/schema#?$/, '7'],
  [/^https?:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, '2019'],
  [/^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, '2020'],
];

/** References may lead to this many times a document's size, and to this much of a small one. */
const BUDGET_FACTOR = 64;
const BUDGET_FLOOR = 1_000_000;
/** Code is made of schemas. */
const SCHEMA_BYTES_MAX = 1_048_576;
/** The end of a place in the document, which is as long as the client makes it. */
const PLACE_BYTES_MAX = 500;

/**
 * @param path the file's name, for errors
 * @param text its bytes
 * @throws EngineError SCHEMA_INVALID with the path and a JSON pointer. What is made throws MATCH_LIMIT where references lead
 *   to more of a document than its size allows
 */
export function compileJsonSchema(
  path: string,
  text: string,
  compileRegex: (pattern: string) => Regex,
): CheckJson {
  const { schema, dialect } = readSchema(path, text);
  const compiler = loadAjv(dialect);
  // The schema itself, which is checked by one, is the operator's own.
  let left = Number.POSITIVE_INFINITY;
  let sizeOf: (part: unknown) => number = () => 1;
  const spend = (part: unknown): void => {
    left -= sizeOf(part);
    if (left < 0)
      throw new EngineError('MATCH_LIMIT', { reason: `${path} leads to parts of the body too often` });
  };
  const refuse = (pattern: string, reason: string): EngineError => {
    const pointer = pointerTo(schema, (key, value) => value === pattern || key === pattern);
    return invalid(path, pointer, `the pattern ${JSON.stringify(pattern)}: ${reason}`);
  };
  const ajv = compiler.create(patternEngine(compileRegex, refuse));
  boundKeywords(ajv, spend, compiler.template);
  const validate = compileSchema(path, schema, ajv);
  return (document) => {
    const read = parseJsonDocument(document);
    if (!('value' in read)) return read.reason;
    sizeOf = read.sizeOf;
    left = sizeOf(read.value) * BUDGET_FACTOR + BUDGET_FLOOR;
    try {
      return validate(read.value) ? null : describe(validate.errors?.[0]);
    } finally {
      // Neither a body nor what is known of it outlives its request.
      sizeOf = () => 1;
      validate.errors = null;
    }
  };
}

type Schema = Readonly<Record<string, unknown>> | boolean;

function readSchema(
  path: string,
  text: string,
): { readonly schema: Schema; readonly dialect: SchemaDialect } {
  if (text.length > SCHEMA_BYTES_MAX) throw invalid(path, '', `more than ${SCHEMA_BYTES_MAX} bytes`);
  const read = parseJsonDocument(text);
  if (!('value' in read)) throw invalid(path, '', read.reason);
  const { value } = read;
  if (typeof value === 'boolean') return { schema: value, dialect: '2020' };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(path, '', 'a schema is an object, true or false');
  }
  const { $schema: uri, ...schema } = value as Readonly<Record<string, unknown>>;
  if (uri === undefined) return { schema, dialect: '2020' };
  const dialect = DIALECTS.find(([known]) => known.test(String(uri)))?.[1];
  if (dialect !== undefined) return { schema, dialect };
  throw invalid(path, '/$schema', 'expected draft-07, draft/2019-09 or draft/2020-12 of json-schema.org');
}

function compileSchema(path: string, schema: Schema, ajv: Ajv): ReturnType<Ajv['compile']> {
  try {
    if (ajv.validateSchema(schema) === true) return ajv.compile(schema);
  } catch (error) {
    if (error instanceof EngineError || !(error instanceof Error)) throw error;
    throw invalid(path, placeOf(schema, error), reasonOf(error));
  }
  const [first] = ajv.errors ?? [];
  throw invalid(path, first?.instancePath ?? '', first?.message ?? 'no schema');
}

/** Of a keyword or a reference that is refused. */
function placeOf(schema: Schema, error: Error): string {
  const keyword = /unknown keyword: "([^"]*)"/.exec(error.message)?.[1];
  if (keyword !== undefined) return pointerTo(schema, (key) => key === keyword);
  const reference = /reference "?([^"\s]+)"?/.exec(error.message)?.[1];
  return pointerTo(schema, (key, value) => /^\$\w*[rR]ef$/.test(key) && value === reference);
}

const reasonOf = (error: Error): string =>
  'missingRef' in error
    ? `${error.message.split(' from id ')[0]}: nothing outside of the file is read`
    : error.message.replace('strict mode: ', '');

function describe(error: ErrorObject | undefined): string {
  const path = error?.instancePath ?? '';
  const place = path.length > PLACE_BYTES_MAX ? `…${path.slice(-PLACE_BYTES_MAX)}` : path;
  return fromText(`${place} ${error?.message ?? 'invalid'}`.trim());
}

const invalid = (path: string, pointer: string, reason: string): EngineError =>
  new EngineError('SCHEMA_INVALID', { path, pointer, reason });
