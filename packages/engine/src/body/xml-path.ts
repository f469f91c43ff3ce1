/**
 * Paths into XML documents: the part of XPath 1.0 that a stream can decide. Absolute paths of names and `*`, `//`, then
 * `@name`, `@*` or `text()`; predicates `[3]`, `[@name]`, `[@name='value']`, `[local-name()='x']` and `[name()='x']`.
 */

/** A name of an element or attribute. `uri` is what the prefix stands for: '' for none, null for any. */
export interface XmlNameTest {
  /** Null for `*`. */
  readonly local: string | null;
  readonly prefix: string;
  readonly uri: string | null;
}

export type XmlPredicate =
  | { readonly kind: 'position'; readonly position: number }
  | { readonly kind: 'attribute'; readonly name: XmlNameTest; readonly value: string | null }
  | { readonly kind: 'local-name' | 'name'; readonly value: string };

export interface XmlStep {
  /** After `//`: at any depth. */
  readonly descendant: boolean;
  readonly name: XmlNameTest;
  readonly predicates: readonly XmlPredicate[];
}

export interface XmlPath {
  /** As written. */
  readonly text: string;
  readonly steps: readonly XmlStep[];
  /** What of the elements that the steps lead to: themselves, which is all text in them, or parts of them. */
  readonly of:
    | { readonly kind: 'element' }
    | { readonly kind: 'text'; readonly descendant: boolean }
    | { readonly kind: 'attribute'; readonly descendant: boolean; readonly name: XmlNameTest };
}

/** Equal for paths that lead to the same under the same name. */
export const xmlPathKey = (path: XmlPath): string => JSON.stringify(path);

export interface XmlPathRefusal {
  /** Index in the text. */
  readonly at: number;
  readonly reason: string;
}

/** Steps are bits of a number. */
const STEPS_MAX = 24;

const TOKEN =
  /\s*(?:(\/\/?)|(child|attribute)::|(@)|(text|local-name|name|position)\s*\(\s*\)|([A-Za-z_\x80-\xff][-.\w\x80-\xff]*:)?(\*|[A-Za-z_\x80-\xff][-.\w\x80-\xff]*)(?![\w:(-])|([[\]=])|([1-9][0-9]{0,8})(?![.\w])|"([^"]*)"|'([^']*)')\s*/y;

interface Token {
  readonly kind: 'slash' | 'axis' | 'function' | 'name' | 'mark' | 'number' | 'literal' | 'end';
  readonly text: string;
  readonly prefix: string;
  readonly at: number;
}

/** A path, its prefixes not looked up, or why it is none here. */
export function parseXmlPath(text: string): XmlPath | XmlPathRefusal {
  try {
    return new PathReader(text).path();
  } catch (error) {
    if (error instanceof Refusal) return { at: error.at, reason: error.reason };
    throw error;
  }
}

/** Leaves the reader from wherever it is; seen by nobody else. */
class Refusal {
  readonly at: number;
  readonly reason: string;

  constructor(at: number, reason: string) {
    this.at = at;
    this.reason = reason;
  }
}

class PathReader {
  readonly #text: string;
  #token: Token;
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    this.#token = this.#read();
  }

  path(): XmlPath {
    const steps: XmlStep[] = [];
    for (;;) {
      const slash = this.#take('slash', 'a path that begins with /');
      const descendant = slash.text === '//';
      if (this.#is('function', 'text')) {
        this.#advance();
        return this.#ended({ text: this.#text, steps, of: { kind: 'text', descendant } }, slash);
      }
      const axis = this.#token.kind === 'axis' ? this.#advance().text : 'child';
      const name = this.#name();
      if (axis === 'attribute') {
        return this.#ended({ text: this.#text, steps, of: { kind: 'attribute', descendant, name } }, slash);
      }
      steps.push({ descendant, name, predicates: this.#predicates() });
      if (steps.length > STEPS_MAX) throw new Refusal(slash.at, `more than ${STEPS_MAX} steps`);
      if (this.#token.kind === 'end') return { text: this.#text, steps, of: { kind: 'element' } };
    }
  }

  /** Nothing follows text and attributes; those of the document itself do not exist. */
  #ended(path: XmlPath, slash: Token): XmlPath {
    if (this.#token.kind !== 'end') throw new Refusal(this.#token.at, 'nothing may follow');
    const ofDocument = path.steps.length === 0 && path.of.kind !== 'element' && !path.of.descendant;
    if (ofDocument) throw new Refusal(slash.at, 'the document itself has neither text nor attributes');
    return path;
  }

  #predicates(): readonly XmlPredicate[] {
    const predicates: XmlPredicate[] = [];
    while (this.#is('mark', '[')) {
      this.#advance();
      predicates.push(this.#predicate());
      if (!this.#is('mark', ']')) throw new Refusal(this.#token.at, 'expected ]');
      this.#advance();
    }
    return predicates;
  }

  #predicate(): XmlPredicate {
    const token = this.#token;
    if (token.kind === 'number') return { kind: 'position', position: Number(this.#advance().text) };
    if (token.kind === 'axis' && token.text === 'attribute') {
      this.#advance();
      const name = this.#name();
      return { kind: 'attribute', name, value: this.#is('mark', '=') ? this.#equals('literal') : null };
    }
    if (token.kind === 'function' && token.text !== 'text') {
      this.#advance();
      if (token.text === 'position') return { kind: 'position', position: Number(this.#equals('number')) };
      return { kind: token.text === 'name' ? 'name' : 'local-name', value: this.#equals('literal') };
    }
    throw new Refusal(token.at, 'expected a predicate that a stream can decide');
  }

  #equals(kind: 'literal' | 'number'): string {
    if (!this.#is('mark', '=')) throw new Refusal(this.#token.at, 'expected =');
    this.#advance();
    return this.#take(kind, kind === 'number' ? 'a number' : 'a text in quotes').text;
  }

  #name(): XmlNameTest {
    const { text, prefix } = this.#take('name', 'the name of an element, *, @ or text()');
    const local = text === '*' ? null : text;
    return { local, prefix, uri: local === null && prefix === '' ? null : '' };
  }

  #is(kind: Token['kind'], text: string): boolean {
    return this.#token.kind === kind && this.#token.text === text;
  }

  #take(kind: Token['kind'], expected: string): Token {
    if (this.#token.kind !== kind) throw new Refusal(this.#token.at, `expected ${expected}`);
    return this.#advance();
  }

  /** The token at hand; the next one comes in its place. */
  #advance(): Token {
    const token = this.#token;
    this.#token = this.#read();
    return token;
  }

  #read(): Token {
    const at = this.#next;
    if (at >= this.#text.length) return { kind: 'end', text: '', prefix: '', at };
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(this.#text);
    if (match === null) throw new Refusal(at, 'expected a path that a stream can decide');
    this.#next = TOKEN.lastIndex;
    const [, slash, axis, sign, called, prefix = '', name, mark, number, double, single] = match;
    const kinds = [
      ['slash', slash],
      ['axis', sign === undefined ? axis : 'attribute'],
      ['function', called],
      ['name', name],
      ['mark', mark],
      ['number', number],
      ['literal', double ?? single],
    ] as const;
    const [kind, text = ''] = kinds.find(([, found]) => found !== undefined) ?? ['end', ''];
    return { kind, text, prefix: prefix.slice(0, -1), at };
  }
}

/** The prefix that XML itself declares. */
const XML_NAMESPACE = ['xml', 'http://www.w3.org/XML/1998/namespace'] as const;

/** The path with its prefixes looked up, or the first that is declared by no `xmlns`. */
export function resolveXmlPath(
  path: XmlPath,
  namespaces: ReadonlyMap<string, string>,
): XmlPath | { readonly unknownPrefix: string } {
  const known = new Map([XML_NAMESPACE, ...namespaces]);
  let unknownPrefix: string | null = null;
  const resolve = (name: XmlNameTest): XmlNameTest => {
    if (name.prefix === '') return name;
    const uri = known.get(name.prefix);
    if (uri === undefined) unknownPrefix ??= name.prefix;
    return { ...name, uri: uri ?? '' };
  };
  const steps = path.steps.map((step) => ({
    ...step,
    name: resolve(step.name),
    predicates: step.predicates.map((one) =>
      one.kind === 'attribute' ? { ...one, name: resolve(one.name) } : one,
    ),
  }));
  const of = path.of.kind === 'attribute' ? { ...path.of, name: resolve(path.of.name) } : path.of;
  return unknownPrefix === null ? { ...path, steps, of } : { unknownPrefix };
}
