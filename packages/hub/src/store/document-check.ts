/** What a store will never take: the same for all, so that a document that one has, another can have. */
import {
  DATA_SETS,
  type Field,
  type FieldType,
  type Json,
  type Schema,
  type SpoolRecord,
} from '@sluice/spool';
import { wellFormed } from '../query/text.ts';
import type { QueryValue } from '../query/tree.ts';
import { comparable } from '../query/values.ts';
import { DOCUMENT_DEPTH_MAX, ID_CHARACTERS_MAX, VALUE_CHARACTERS_MAX } from './limits.ts';
import { schemaOf } from './schemas.ts';

const ID = /^[\x21-\x7e]+$/;
const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Told of each value at a field of the schema, in the order of the document; `value` is in the form in which it is compared. */
export type SeeValue = (field: Field, value: QueryValue) => void;

/** What may stand at a name: a field, further names, or children of a family. */
interface SchemaNode {
  readonly path: string;
  field: Field | undefined;
  family: Field | undefined;
  /** The walk that saw a value here last. */
  walk: Walk | undefined;
  readonly children: Map<string, SchemaNode>;
}

const roots = new WeakMap<Schema, SchemaNode>();

const emptyNode = (path: string): SchemaNode => ({
  path,
  field: undefined,
  family: undefined,
  walk: undefined,
  children: new Map(),
});

function childOf(node: SchemaNode, name: string): SchemaNode {
  const known = node.children.get(name);
  if (known !== undefined) return known;
  const child = emptyNode(node.path === '' ? name : `${node.path}.${name}`);
  node.children.set(name, child);
  return child;
}

function rootOf(schema: Schema): SchemaNode {
  const known = roots.get(schema);
  if (known !== undefined) return known;
  const root = emptyNode('');
  for (const field of schema.fields) field.path.split('.').reduce(childOf, root).field = field;
  for (const family of schema.families)
    family.path.split('.').slice(0, -1).reduce(childOf, root).family = family;
  roots.set(schema, root);
  return root;
}

/** Below what the schema does not know nothing is asked but names and depth. */
const UNKNOWN = emptyNode('');

function nodeBelow(node: SchemaNode, name: string): SchemaNode {
  const child = node.children.get(name);
  if (child !== undefined) return child;
  if (node.family === undefined) return UNKNOWN;
  const path = `${node.path}.${name}`;
  return { ...emptyNode(path), field: { ...node.family, path } };
}

/** The value as it is compared; undefined where it is not of the type, or no index takes it. */
function indexed(value: boolean | number | string, type: FieldType): QueryValue | undefined {
  switch (type) {
    case 'date': {
      if (typeof value !== 'string' || !DATE.test(value)) return undefined;
      const millis = Date.parse(value);
      return Number.isNaN(millis) || new Date(millis).toISOString() !== value ? undefined : millis;
    }
    case 'keyword':
      return typeof value === 'string' && value.length <= VALUE_CHARACTERS_MAX
        ? wellFormed(value)
        : undefined;
    case 'long':
      return Number.isSafeInteger(value) ? comparable(value, type) : undefined;
    default:
      return comparable(value, type);
  }
}

/** A document taken apart; stops at the first fault. */
class Walk {
  readonly #see: SeeValue;
  fault: string | null = null;

  constructor(see: SeeValue) {
    this.#see = see;
  }

  /** @param left how many arrays and objects may be within each other from here on */
  value(value: Json, node: SchemaNode, left: number): void {
    if (value === null || this.fault !== null) return;
    if (typeof value !== 'object') this.#leaf(value, node);
    else if (left === 0) this.fault = `it is deeper than ${DOCUMENT_DEPTH_MAX}`;
    else if (Array.isArray(value))
      for (const each of value as readonly Json[]) this.value(each, node, left - 1);
    else this.#object(value as { readonly [name: string]: Json }, node, left - 1);
  }

  #object(object: { readonly [name: string]: Json }, node: SchemaNode, left: number): void {
    if (node.field !== undefined) {
      this.fault = `${node.path} is no ${node.field.type}`;
      return;
    }
    for (const name of Object.keys(object)) {
      const value = object[name] ?? null;
      if (name !== '' && !name.includes('.')) {
        this.value(value, nodeBelow(node, name), left);
        continue;
      }
      const names = name.split('.');
      if (names.includes('')) {
        this.fault = `a name is empty between its dots: ${JSON.stringify(name)}`;
        return;
      }
      this.value(value, names.reduce(nodeBelow, node), left);
    }
  }

  #leaf(value: boolean | number | string, node: SchemaNode): void {
    const { field, path, children, family } = node;
    if (field === undefined) {
      if (children.size > 0 || family !== undefined) this.fault = `${path} is no object`;
      return;
    }
    if (!field.many && node.walk === this) {
      this.fault = `${path} has several values`;
      return;
    }
    node.walk = this;
    const seen = indexed(value, field.type);
    if (seen !== undefined) this.#see(field, seen);
    else if (field.type !== 'keyword') this.fault = `${path} is no ${field.type}`;
    else this.fault = `${path} is no keyword of at most ${VALUE_CHARACTERS_MAX} characters`;
  }
}

/** Why a store refuses a record for good; null where it takes it, and `see` has been told of all values. */
export function recordFault({ dataSet, id, document }: SpoolRecord, see: SeeValue): string | null {
  if (!DATA_SETS.includes(dataSet)) return 'its data set is not known';
  if (!ID.test(id) || id.length > ID_CHARACTERS_MAX) {
    return `its id is not 1 to ${ID_CHARACTERS_MAX} visible characters of ASCII`;
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return 'it is no object';
  let hasTime = false;
  let fault: string | null = null;
  const walk = new Walk((field, value) => {
    if (field.path === '@timestamp') hasTime = true;
    else if (field.path === 'event.id' && value !== id) fault = 'its event.id is not its id';
    see(field, value);
  });
  walk.value(document, rootOf(schemaOf(dataSet)), DOCUMENT_DEPTH_MAX);
  if (walk.fault !== null || fault !== null) return walk.fault ?? fault;
  return hasTime ? null : 'it has no @timestamp';
}
