/** Reads a YAML tree against a schema, and says where it does not fit: file, line, column and the key's path. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { RulesTestError, type RulesTestErrorCode } from './errors.ts';

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly code: RulesTestErrorCode;
}

/** A place in the tree that holds something: nulls are absent, as they are to the client that defined the format. */
export class YamlNode {
  readonly path: string;
  readonly #source: Source;
  readonly #node: Node;

  constructor(source: Source, node: Node, path: string) {
    this.#source = source;
    this.#node = node;
    this.path = path;
  }

  get line(): number {
    return this.#source.lines.linePos(this.#node.range?.[0] ?? 0).line;
  }

  /** An error at this place. */
  fail(reason: string): RulesTestError {
    return this.#error(this.#source.code, { reason: `${this.path}: ${reason}` }, this.#node);
  }

  unsupported(): RulesTestError {
    return this.#error('TEST_UNSUPPORTED', { what: this.path }, this.#node);
  }

  /** The map's values by key; every key must be one of `known`. */
  fields(known: readonly string[]): ReadonlyMap<string, YamlNode> {
    const fields = new Map<string, YamlNode>();
    for (const [key, child, keyNode] of this.#entries()) {
      if (!known.includes(key)) {
        throw this.#error(this.#source.code, { reason: `${this.path}: unknown key "${key}"` }, keyNode);
      }
      if (child !== null) fields.set(key, child);
    }
    return fields;
  }

  /** A map of free keys, in the file's order. A null value is the empty string. */
  strings(): [key: string, value: string][] {
    return this.#entries().map(([key, child]) => [key, child === null ? '' : child.text()]);
  }

  /** The items of a list. */
  items(): YamlNode[] {
    if (!isSeq(this.#node)) throw this.fail('must be a list');
    return this.#node.items.map((item, index) => {
      const path = `${this.path}[${index}]`;
      return new YamlNode(this.#source, this.#resolved(item, path), path);
    });
  }

  /** A scalar as it is written: a number or a boolean is its own text. */
  text(): string {
    const scalar = this.#scalar();
    return typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
  }

  boolean(): boolean {
    const { value } = this.#scalar();
    if (typeof value !== 'boolean') throw this.fail('must be true or false');
    return value;
  }

  /** A whole number from `minimum` to `maximum`. */
  integer(minimum: number, maximum: number): number {
    const { value } = this.#scalar();
    if (typeof value !== 'number' || !Number.isInteger(value) || value < minimum || value > maximum) {
      throw this.fail(`must be a whole number from ${minimum} to ${maximum}`);
    }
    return value;
  }

  #scalar(): Scalar {
    if (!isScalar(this.#node)) throw this.fail('must be a single value');
    return this.#node;
  }

  #entries(): [key: string, child: YamlNode | null, keyNode: Node][] {
    if (!isMap(this.#node)) throw this.fail('must be a map');
    return (this.#node as YAMLMap<Node, Node | null>).items.map(({ key, value }) => {
      if (!isScalar(key)) throw this.fail('has a key that is not a single value');
      const name = typeof key.value === 'string' ? key.value : (key.source ?? String(key.value));
      const path = this.path === '' ? name : `${this.path}.${name}`;
      if (value === null || (isScalar(value) && value.value === null)) return [name, null, key];
      return [name, new YamlNode(this.#source, this.#resolved(value, path), path), key];
    });
  }

  /** Aliases are refused: a bomb of them is not linear in the file, and no test needs one. */
  #resolved(node: unknown, path: string): Node {
    if (isAlias(node)) {
      throw this.#error(this.#source.code, { reason: `${path}: aliases are not taken` }, node);
    }
    return node as Node;
  }

  #error(code: RulesTestErrorCode, details: Record<string, string>, node: Node): RulesTestError {
    const { line, col } = this.#source.lines.linePos(node.range?.[0] ?? 0);
    return new RulesTestError(code, details, { position: { file: this.#source.file, line, column: col } });
  }
}

/** The roots of a file's documents; documents that hold nothing are left out. */
export function readYaml(file: string, text: string, code: RulesTestErrorCode): YamlNode[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments<ParsedNode>(text, { lineCounter: lines, prettyErrors: false });
  const roots: YamlNode[] = [];
  if (!Array.isArray(documents)) return roots;
  for (const { errors, contents } of documents) {
    const [error] = errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new RulesTestError(
        code,
        { reason: error.message },
        { position: { file, line, column: col }, cause: error },
      );
    }
    if (contents === null || (isScalar(contents) && contents.value === null)) continue;
    roots.push(new YamlNode({ file, lines, code }, contents, ''));
  }
  return roots;
}
