/** Targets with their selectors resolved: closures that read, and predicates that exclude. */

import { assert } from '../assert.ts';
import { xmlPathKey } from '../body/xml-path.ts';
import { asciiLower } from '../bytes.ts';
import type { Selector } from '../language/ast.ts';
import type { Regex } from '../operators/operator.ts';
import type { CompiledTarget } from '../rule-set/program.ts';
import { NO_PAIRS, type Pair } from '../variables/pair.ts';
import { variableReader, wholeRequestBody } from '../variables/readers.ts';
import type { VariableState } from '../variables/state.ts';
import { isAnswered } from './remembered.ts';

export interface LinkedTarget {
  readonly variable: string;
  /** `&`: the number of values is the value. */
  readonly count: boolean;
  /** True where nothing that runs in the same phase changes what is read. */
  readonly fixed: boolean;
  /** The only key that is read, in lower case; null where other keys may be. */
  readonly lowerKey: string | null;
  /** Whether it reads something else than a part of what its variable holds. */
  readonly readsOwn: boolean;
  /** Whether all that it reads comes with nearly each request: what patterns answer about it is kept. */
  readonly isAnswered: boolean;
  /** Identifies what is read: equal sources read the same pairs. */
  readonly source: string;
  read(state: VariableState): readonly Pair[];
}

/** A part of a collection that is left out. */
export interface LinkedExclusion {
  readonly variable: string;
  excludes(pair: Pair): boolean;
}

/** Answers of a selector's pattern that are kept: the names that rules set come with each request; clients' names are bounded. */
const KEPT_KEYS_MAX = 256;
const KEPT_KEY_BYTES_MAX = 64;

type CompileRegex = (pattern: string) => Regex;

export function linkTarget(target: CompiledTarget, compileRegex: CompileRegex): LinkedTarget {
  const reader = variableReader(target.variable);
  assert(reader !== undefined, `variable ${target.variable} was checked when compiled`);
  const { selector, variable, count } = target;
  const source = selector === null ? variable : `${variable}:${JSON.stringify(selector)}`;
  const lowerKey = selector?.kind === 'key' ? asciiLower(selector.key) : null;
  const shared = {
    variable,
    count,
    fixed: reader.fixed,
    lowerKey,
    source,
    readsOwn: false,
    isAnswered: !count && isAnswered(variable, lowerKey),
  };
  if (target.whole) return { ...shared, source: `${source} whole`, readsOwn: true, read: wholeRequestBody };
  if (target.path !== undefined) {
    const key = xmlPathKey(target.path);
    const read = (state: VariableState) => state.request.xmlNodes.get(key) ?? NO_PAIRS;
    return { ...shared, source: key, readsOwn: true, read };
  }
  if (selector === null) return { ...shared, read: reader.read };
  if (variable === 'TX' && selector.kind === 'key') return { ...shared, read: readTx(selector.key) };
  const selects = keyPredicate(selector, compileRegex);
  if (variable === 'TX') return { ...shared, read: (state) => state.tx.select(selects) };
  if (variable === 'REQUEST_HEADERS' && selector.kind === 'key') {
    const name = asciiLower(selector.key);
    return { ...shared, read: (state) => state.request.headersNamed(name) };
  }
  return { ...shared, read: (state) => reader.read(state).filter(selects) };
}

export function linkExclusion(target: CompiledTarget, compileRegex: CompileRegex): LinkedExclusion {
  const { variable, selector } = target;
  return { variable, excludes: selector === null ? () => true : keyPredicate(selector, compileRegex) };
}

function readTx(key: string): (state: VariableState) => readonly Pair[] {
  const lowerKey = asciiLower(key);
  return (state) => {
    const pair = state.tx.pair(lowerKey);
    return pair === undefined ? NO_PAIRS : [pair];
  };
}

/** Keys compare case-insensitively; patterns are searched anywhere in the key, by flag and not by folding their text. */
function keyPredicate(selector: Selector, compileRegex: CompileRegex): (pair: Pair) => boolean {
  if (selector.kind === 'key') {
    const lowerKey = asciiLower(selector.key);
    return (pair) => pair.lowerKey === lowerKey;
  }
  // That it is a pattern was seen when its program was compiled; most rules never see a value.
  let regex: Regex | null = null;
  const known = new Map<string, boolean>();
  return ({ key }) => {
    const answer = known.get(key);
    if (answer !== undefined) return answer;
    regex ??= compileRegex(`(?i)${selector.pattern}`);
    const selects = regex.test(key);
    if (known.size < KEPT_KEYS_MAX && key.length <= KEPT_KEY_BYTES_MAX) known.set(key, selects);
    return selects;
  };
}
