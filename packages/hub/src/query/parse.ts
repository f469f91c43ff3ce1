/**
 * GlobalAlert's query language, with what its documentation leaves open decided (docs/query.md):
 *
 *     expr  := and ('OR' and)*         and   := unary ('AND' unary)*
 *     unary := 'NOT' unary | '(' expr ')' | field op value | field ('IN' | 'NOTIN') set | '*'
 *     set   := '{' [value (',' value)*] '}' | '${' name '}'
 *
 * Total: any text gives a tree or QUERY_SYNTAX, and none a stack overflow.
 */
import { suggestion } from '@sluice/engine/suggestion';
import type { Field, Schema } from '@sluice/spool';
import { findField, nearField } from './fields.ts';
import { Lexer, type Sign, type Token } from './lex.ts';
import { QUERY_CHARACTERS_MAX, QUERY_CONDITIONS_MAX, QUERY_DEPTH_MAX, QUERY_NESTING_MAX } from './limits.ts';
import { readLiteral } from './literal.ts';
import { querySyntax } from './syntax-error.ts';
import { type Fail, literalText, patternOf, type TextPiece, unescaped } from './text-pieces.ts';
import type { ComparisonOperator, Place, Query } from './tree.ts';

export interface ParseOptions {
  /** Values by name, for `${name}`: wildcards and escapes as between quotes. */
  readonly substitutions?: ReadonlyMap<string, readonly string[]>;
  /** What `now` is, in milliseconds since the epoch. */
  readonly now?: number;
}

const OPERATORS: readonly Sign[] = ['=', '!=', '<', '<=', '>', '>='];
const RESERVED: readonly string[] = ['AND', 'OR', 'NOT', 'IN', 'NOTIN'];

/** @throws HubError QUERY_SYNTAX, which points at the column */
export function parseQuery(text: string, schema: Schema, options: ParseOptions = {}): Query {
  const fail: Fail = (place, reason) => {
    throw querySyntax(text, place, reason);
  };
  if (text.length > QUERY_CHARACTERS_MAX) {
    fail(
      { start: QUERY_CHARACTERS_MAX, end: text.length },
      `a query of ${text.length} characters, at most ${QUERY_CHARACTERS_MAX}`,
    );
  }
  return new Parser(text, schema, options, fail).query();
}

/** A value of a set, and where it stands. */
interface SetValue extends Place {
  readonly pieces: readonly TextPiece[];
}

interface Node {
  readonly query: Query;
  /** How deep AND, OR and NOT lie within each other. */
  readonly depth: number;
}

const leaf = (query: Query): Node => ({ query, depth: 0 });
const not = ({ query, depth }: Node): Node => ({ query: { kind: 'not', of: query }, depth: depth + 1 });

class Parser {
  readonly #lexer: Lexer;
  readonly #schema: Schema;
  readonly #substitutions: ReadonlyMap<string, readonly string[]>;
  readonly #now: number;
  readonly #fail: Fail;
  #token: Token;
  #conditions = 0;

  constructor(text: string, schema: Schema, { substitutions, now }: ParseOptions, fail: Fail) {
    this.#lexer = new Lexer(text, fail);
    this.#schema = schema;
    this.#substitutions = substitutions ?? new Map();
    this.#now = now ?? Date.now();
    this.#fail = fail;
    this.#token = this.#lexer.next();
  }

  query(): Query {
    if (this.#isEnd()) return { kind: 'all' };
    const { query } = this.#expression(0);
    if (!this.#isEnd()) this.#unexpected('AND, OR or the end');
    return query;
  }

  #expression(nesting: number): Node {
    return this.#chain('or', () => this.#chain('and', () => this.#unary(nesting)));
  }

  #chain(kind: 'and' | 'or', next: () => Node): Node {
    const { start } = this.#token;
    const nodes = [next()];
    while (this.#keyword() === kind.toUpperCase()) {
      this.#advance();
      nodes.push(next());
    }
    const [first] = nodes;
    if (first !== undefined && nodes.length === 1) return first;
    const depth = 1 + Math.max(...nodes.map((node) => node.depth));
    return this.#bounded({ query: { kind, of: nodes.map(({ query }) => query) }, depth }, start);
  }

  #unary(nesting: number): Node {
    const { start } = this.#token;
    if (nesting > QUERY_NESTING_MAX) {
      this.#fail(this.#token, `more than ${QUERY_NESTING_MAX} parentheses and NOTs within each other`);
    }
    if (this.#keyword() === 'NOT') {
      this.#advance();
      return this.#bounded(not(this.#unary(nesting + 1)), start);
    }
    if (this.#isSign('(')) {
      this.#advance();
      const inner = this.#expression(nesting + 1);
      if (!this.#isSign(')')) this.#unexpected('AND, OR or )');
      this.#advance();
      return inner;
    }
    return this.#condition();
  }

  #condition(): Node {
    const token = this.#token;
    if ((token.kind !== 'word' && token.kind !== 'quoted') || this.#keyword() !== undefined) {
      return this.#unexpected('a field, NOT or (');
    }
    this.#advance();
    const name = literalText(token.pieces);
    const isAll = token.kind === 'word' && name === '*' && !this.#isComparison();
    if (isAll) return leaf({ kind: 'all' });
    const field = this.#field(name, token);
    const keyword = this.#keyword();
    if (keyword === 'IN' || keyword === 'NOTIN') {
      this.#advance();
      const within = this.#within(field, this.#set());
      return keyword === 'IN' ? within : this.#bounded(not(within), token.start);
    }
    if (!this.#isComparison()) this.#unexpected('=, !=, <, <=, >, >=, IN or NOTIN');
    return this.#comparison(field, token.start);
  }

  #field(name: string, place: Place): Field {
    const field = findField(this.#schema, name);
    if (field !== undefined) return field;
    return this.#fail(place, `unknown field ${JSON.stringify(name)}${nearField(this.#schema, name)}`);
  }

  #comparison(field: Field, start: number): Node {
    const sign = this.#token.kind === 'sign' ? this.#token.sign : '=';
    this.#advance();
    const value = this.#value('a value');
    const operator = sign === '!=' ? '=' : (sign as ComparisonOperator);
    const node = this.#compare(field, operator, value);
    return sign === '!=' ? this.#bounded(not(node), start) : node;
  }

  #compare({ path, type }: Field, operator: ComparisonOperator, { pieces, start, end }: SetValue): Node {
    this.#count({ start, end });
    const text = literalText(pieces);
    const literal = readLiteral(text, type, { operator, now: this.#now });
    if ('fault' in literal) {
      return this.#fail(
        { start, end },
        `${JSON.stringify(text)} ${literal.fault} (${path} is of type ${type})`,
      );
    }
    return leaf({ kind: 'compare', field: { path, type }, operator, value: literal.value });
  }

  /** Keywords take patterns; of other types IN is a list of values. */
  #within(field: Field, values: readonly SetValue[]): Node {
    const [first] = values;
    if (first === undefined) return not(leaf({ kind: 'all' }));
    if (field.type !== 'keyword') {
      const nodes = values.map((value) => this.#compare(field, '=', value));
      const [single] = nodes;
      if (single !== undefined && nodes.length === 1) return single;
      return this.#bounded(
        { query: { kind: 'or', of: nodes.map(({ query }) => query) }, depth: 1 },
        first.start,
      );
    }
    const patterns = values.map((value) => {
      this.#count(value);
      return patternOf(value.pieces, value, this.#fail);
    });
    return leaf({ kind: 'in', field: { path: field.path, type: field.type }, patterns });
  }

  #set(): readonly SetValue[] {
    const token = this.#token;
    if (token.kind === 'substitution') return this.#substituted(token.name, token);
    if (!this.#isSign('{')) this.#unexpected('{ or a substitution');
    this.#advance();
    const values: SetValue[] = [];
    while (!this.#isSign('}')) {
      values.push(this.#value(values.length === 0 ? 'a value or }' : 'a value'));
      if (this.#isSign(',')) {
        this.#advance();
        if (this.#isSign('}')) this.#unexpected('a value');
      } else if (!this.#isSign('}')) this.#unexpected(', or }');
    }
    this.#advance();
    return values;
  }

  #substituted(name: string, place: Place): readonly SetValue[] {
    const values = this.#substitutions.get(name);
    if (values === undefined) {
      const near = suggestion(name, this.#substitutions.keys());
      this.#fail(place, `nothing is given for \${${name}}${near}`);
    }
    this.#advance();
    const { start, end } = place;
    const fail: Fail = (_, reason) => this.#fail(place, `in ${JSON.stringify(name)}: ${reason}`);
    return (values ?? []).map((value) => ({
      pieces: unescaped(value, place, { escapes: true, fail }),
      start,
      end,
    }));
  }

  #value(expected: string): SetValue {
    const token = this.#token;
    if (token.kind !== 'quoted' && (token.kind !== 'word' || this.#keyword() !== undefined)) {
      return this.#unexpected(expected);
    }
    this.#advance();
    return token;
  }

  #advance(): void {
    this.#token = this.#lexer.next();
  }

  /** AND, OR, NOT, IN or NOTIN, in any case and without quotes. */
  #keyword(): string | undefined {
    if (this.#token.kind !== 'word') return undefined;
    const word = literalText(this.#token.pieces).toUpperCase();
    return RESERVED.includes(word) ? word : undefined;
  }

  #isEnd(): boolean {
    return this.#token.kind === 'end';
  }

  #isSign(sign: Sign): boolean {
    return this.#token.kind === 'sign' && this.#token.sign === sign;
  }

  #isComparison(): boolean {
    const { kind } = this.#token;
    if (kind === 'sign') return OPERATORS.includes(this.#token.sign);
    const keyword = this.#keyword();
    return keyword === 'IN' || keyword === 'NOTIN';
  }

  #count(place: Place): void {
    this.#conditions += 1;
    if (this.#conditions > QUERY_CONDITIONS_MAX) {
      this.#fail(place, `more than ${QUERY_CONDITIONS_MAX} comparisons and patterns`);
    }
  }

  #bounded(node: Node, start: number): Node {
    if (node.depth <= QUERY_DEPTH_MAX) return node;
    return this.#fail(
      { start, end: start + 1 },
      `AND, OR and NOT lie more than ${QUERY_DEPTH_MAX} deep within each other`,
    );
  }

  #unexpected(expected: string): never {
    const token = this.#token;
    const keyword = this.#keyword();
    const found =
      token.kind === 'end'
        ? 'the end'
        : keyword === undefined
          ? 'this'
          : `${keyword}, which is a word of the language`;
    const hint = keyword === undefined ? '' : '; quote it if it is a text';
    return this.#fail(token, `${expected} is expected here, not ${found}${hint}`);
  }
}
