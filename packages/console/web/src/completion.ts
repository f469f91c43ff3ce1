/** What is being written at the end of a query (docs/query.md has the language), and what would go on from there. */
import { patternText, valueText } from './query-text.ts';

/** The last piece of a query, which may be unfinished or not begun. */
export interface Written {
  readonly kind: 'field' | 'operator' | 'value' | 'joint';
  /** All in front of the piece. */
  readonly before: string;
  /** The piece as it is meant: without quotes and escapes. */
  readonly typed: string;
  /** That the operator or the value is of. */
  readonly field: string;
  /** Between the braces of IN, where `*` and `?` stand for anything. */
  readonly inSet: boolean;
}

export interface Completion {
  /** The whole query with it. */
  readonly text: string;
  /** What is added. */
  readonly shown: string;
}

const FIELDS_SHOWN_MAX = 8;
const OPERATORS = ['=', '!=', 'IN {', 'NOTIN {', '<', '<=', '>', '>='];
const JOINTS = ['AND', 'OR'];

/** Blanks, texts that may not be closed, substitutions, signs, words. */
const TOKEN =
  /\s+|"(?:[^"\\]|\\.)*(?:"|\\?$)|'(?:[^'\\]|\\.)*(?:'|\\?$)|\$\{[^{}]*\}|[<>!]=|[=<>(){},]|[^\s(){},=<>!"'$]+|./gs;
const COMPARISON = /^(?:[<>!]?=|[<>])$/;
const CLOSED = /^(["'])(?:[^\\]|\\.)*\1$/s;
const WORD = /^[^\s(){},=<>!"'$]/;

interface State {
  /** `set`: the brace of one. */
  readonly awaits: Written['kind'] | 'set';
  readonly field: string;
  readonly inSet: boolean;
}

const BEGIN: State = { awaits: 'field', field: '', inSet: false };
const JOINT: State = { awaits: 'joint', field: '', inSet: false };

const isText = (token: string): boolean => /^["']/.test(token) || WORD.test(token);

/** What may come behind a token; null where the query cannot go on so. */
function behind({ awaits, field, inSet }: State, token: string): State | null {
  const word = token.toUpperCase();
  if (awaits === 'field') {
    if (token === '(' || word === 'NOT') return BEGIN;
    if (token === '*') return JOINT;
    return isText(token) ? { awaits: 'operator', field: meant(token), inSet: false } : null;
  }
  if (awaits === 'operator') {
    if (COMPARISON.test(token)) return { awaits: 'value', field, inSet: false };
    return word === 'IN' || word === 'NOTIN' ? { awaits: 'set', field, inSet: true } : null;
  }
  if (awaits === 'set') {
    if (token === '{') return { awaits: 'value', field, inSet };
    return token.startsWith('$' + '{') ? JOINT : null;
  }
  if (inSet && token === '}') return JOINT;
  if (awaits === 'value') return isText(token) ? { awaits: 'joint', field, inSet } : null;
  if (inSet) return token === ',' ? { awaits: 'value', field, inSet } : null;
  if (token === ')') return JOINT;
  return word === 'AND' || word === 'OR' ? BEGIN : null;
}

const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|(.))/gs;
const SHORT: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** Without quotes and escapes; in a word nothing is one. */
function meant(token: string): string {
  if (WORD.test(token)) return token;
  const inner = token.slice(1, CLOSED.test(token) ? -1 : undefined);
  return inner.replace(ESCAPE, (_, code: string | undefined, character: string) =>
    code === undefined ? (SHORT[character] ?? character) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** Whether its author has written a wildcard, or half of an escape: what is meant cannot be told. */
const isOpenEnded = (token: string, inSet: boolean): boolean => {
  const plain = WORD.test(token) ? token : token.replace(/\\./gs, '');
  return (inSet && /[*?]/.test(plain)) || (!WORD.test(token) && plain.endsWith('\\'));
};

/** Null where nothing can be offered: the query is wrong before its end, or ends with something whole. */
export function writtenAtEnd(text: string): Written | null {
  const tokens = text.match(TOKEN) ?? [];
  const last = tokens.at(-1) ?? '';
  const isUnfinished = WORD.test(last) || (/^["']/.test(last) && !CLOSED.test(last));
  // Behind these comes a blank before anything else.
  if (!isUnfinished && /^["'$})]/.test(last)) return null;
  const whole = isUnfinished ? tokens.slice(0, -1) : tokens;
  const piece = isUnfinished ? last : '';
  let state: State | null = BEGIN;
  for (const token of whole) if (state !== null && token.trim() !== '') state = behind(state, token);
  if (state === null || state.awaits === 'set' || isOpenEnded(piece, state.inSet)) return null;
  const { awaits: kind, field, inSet } = state;
  if (kind !== 'value' && /^["']/.test(piece)) return null;
  return { kind, before: text.slice(0, text.length - piece.length), typed: meant(piece), field, inSet };
}

/** @param values that begin with what is typed */
export function completionsOf(
  { kind, before, typed, inSet }: Written,
  fields: readonly string[],
  values: readonly (string | number | boolean)[],
): readonly Completion[] {
  const start = /[=<>,]$/.test(before) ? `${before} ` : before;
  const offered = (texts: readonly string[], more = ''): readonly Completion[] =>
    texts.map((shown) => ({ text: start + shown + more, shown }));
  const begun = (texts: readonly string[]): readonly string[] =>
    texts.filter((each) => each.startsWith(typed.toUpperCase()) && each !== typed.toUpperCase());
  if (kind === 'field') {
    const found = fields.filter((field) => field.includes(typed) && field !== typed);
    return offered(found.slice(0, FIELDS_SHOWN_MAX));
  }
  if (kind === 'operator') {
    return begun(OPERATORS).map((shown) => ({
      text: `${start}${shown}${shown.endsWith('{') ? '' : ' '}`,
      shown,
    }));
  }
  if (kind === 'joint') return inSet ? [] : offered(begun(JOINTS), ' ');
  return values.map((value) => ({
    text: start + (inSet ? patternText(value) : valueText(value)),
    shown: String(value),
  }));
}
