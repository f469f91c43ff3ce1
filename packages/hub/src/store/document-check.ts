/** What a store will never take: the same for all, so that a document that one has, another can have. */
import {
  DATA_SETS,
  type Field,
  type FieldType,
  type Json,
  type Schema,
  type SpoolRecord,
} from '@sluice/spool';
import { findField } from '../query/fields.ts';
import { comparable } from '../query/values.ts';
import { DOCUMENT_DEPTH_MAX, ID_CHARACTERS_MAX, VALUE_CHARACTERS_MAX } from './limits.ts';
import { schemaOf } from './schemas.ts';

const ID = /^[\x21-\x7e]+$/;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Told of each value at a field of the schema, in the order of the document. */
export type SeeValue = (field: Field, value: boolean | number | string) => void;

/** Paths that have fields below them: `waf.rules`. */
const parents = new WeakMap<Schema, ReadonlySet<string>>();

function parentsOf(schema: Schema): ReadonlySet<string> {
  const known = parents.get(schema);
  if (known !== undefined) return known;
  const found = new Set<string>();
  for (const { path } of [...schema.fields, ...schema.families]) {
    for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1))
      found.add(path.slice(0, dot));
  }
  parents.set(schema, found);
  return found;
}

function fits(value: boolean | number | string, type: FieldType): boolean {
  if (type === 'date')
    return typeof value === 'string' && DATE.test(value) && comparable(value, type) !== undefined;
  if (type === 'keyword') return typeof value === 'string' && value.length <= VALUE_CHARACTERS_MAX;
  return type === 'long' ? Number.isSafeInteger(value) : comparable(value, type) !== undefined;
}

/** A document taken apart; stops at the first fault. */
class Walk {
  readonly #schema: Schema;
  readonly #see: SeeValue;
  fault: string | null = null;

  constructor(schema: Schema, see: SeeValue) {
    this.#schema = schema;
    this.#see = see;
  }

  /** @param left how many arrays and objects may be within each other from here on */
  value(value: Json, path: string, left: number): void {
    if (value === null || this.fault !== null) return;
    if (typeof value !== 'object') this.#leaf(value, path);
    else if (left === 0) this.fault = `${path} is deeper than ${DOCUMENT_DEPTH_MAX}`;
    else if (Array.isArray(value))
      for (const each of value as readonly Json[]) this.value(each, path, left - 1);
    else this.#object(value as { readonly [name: string]: Json }, path, left - 1);
  }

  #object(object: { readonly [name: string]: Json }, path: string, left: number): void {
    const field = path === '' ? undefined : findField(this.#schema, path);
    if (field !== undefined) {
      this.fault = `${path} is no ${field.type}`;
      return;
    }
    for (const [name, value] of Object.entries(object)) {
      if (name === '' || name.startsWith('.') || name.endsWith('.') || name.includes('..')) {
        this.fault = `a name in ${JSON.stringify(path)} is empty between its dots`;
        return;
      }
      this.value(value, path === '' ? name : `${path}.${name}`, left);
    }
  }

  #leaf(value: boolean | number | string, path: string): void {
    const field = findField(this.#schema, path);
    if (field === undefined) {
      if (parentsOf(this.#schema).has(path)) this.fault = `${path} is no object`;
    } else if (fits(value, field.type)) {
      this.#see(field, value);
    } else {
      this.fault = `${path} is no ${field.type}${field.type === 'keyword' ? ` of at most ${VALUE_CHARACTERS_MAX} characters` : ''}`;
    }
  }
}

/** Why a store refuses a record for good; null where it takes it, and `see` has been told of all values. */
export function recordFault({ dataSet, id, document }: SpoolRecord, see: SeeValue): string | null {
  if (!DATA_SETS.includes(dataSet)) return 'its data set is not known';
  if (!ID.test(id) || id.length > ID_CHARACTERS_MAX) {
    return `its id is not 1 to ${ID_CHARACTERS_MAX} visible characters of ASCII`;
  }
  const single = new Set<string>();
  let fault: string | null = null;
  const walk = new Walk(schemaOf(dataSet), (field, value) => {
    if (!field.many) {
      if (single.has(field.path)) fault = `${field.path} has several values`;
      single.add(field.path);
    }
    if (field.path === 'event.id' && value !== id) fault = 'its event.id is not its id';
    see(field, value);
  });
  walk.value(document, '', DOCUMENT_DEPTH_MAX);
  if (walk.fault !== null || fault !== null) return walk.fault ?? fault;
  return single.has('@timestamp') ? null : 'it has no @timestamp';
}
