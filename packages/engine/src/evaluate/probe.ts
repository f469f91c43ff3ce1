/**
 * A rule evaluated without a transaction: as long as it reads nothing but TX variables that are known, it does the same in
 * each. What it touches beside ends the attempt, so that nothing is taken for constant that is not.
 */
import { EngineError } from '../errors.ts';
import { type ConstantMatch, FOLDED_VARIABLES, SHAPED_VARIABLES, TxWrite } from '../link/folded.ts';
import type { LinkedRule } from '../link/linked.ts';
import { TransformCache } from '../link/pipelines.ts';
import type { LinkedRuleSet } from '../link/rule-set.ts';
import type { HeadShape } from '../variables/head-shape.ts';
import type { Pair } from '../variables/pair.ts';
import type { MatchedVar } from '../variables/state.ts';
import { TxCollection } from '../variables/tx-collection.ts';
import { MatchList } from './match-list.ts';
import { probedRequest } from './probed-request.ts';
import { evaluateRule } from './rule.ts';
import type { EvaluationState } from './state.ts';

/** Thrown out of an evaluation that reads what transactions differ in. Never leaves this file. */
class NotConstantSignal extends Error {
  override readonly name = 'NotConstantSignal';
}

const CAPTURE_KEYS: readonly string[] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

/** What is known of TX at a place in a rule set. */
export interface KnownTx {
  /** Throws nothing; undefined where the variable is known to be absent. */
  pair(lowerKey: string): Pair | undefined;
  isKnown(lowerKey: string): boolean;
  isPinned(lowerKey: string): boolean;
  /** Those of TX that a predicate takes by their keys, as `TxCollection.list` orders them; null where others may be. */
  select(selects: (pair: Pair) => boolean): readonly Pair[] | null;
}

export interface ConstantOutcome {
  readonly match: ConstantMatch | null;
  readonly writes: readonly TxWrite[];
  readonly trace: readonly string[];
  readonly matched: Pair | null;
}

/**
 * TX as a probe sees it: writes are kept apart, and unknown variables end the attempt. It has every method of TX (a test
 * says so): one that it only inherited would show an empty collection, and fold what is not constant.
 */
export class ProbedTx extends TxCollection {
  readonly writes: TxWrite[] = [];
  readonly #known: KnownTx;
  readonly #written = new Map<string, Pair | null>();
  /** The last write of each group. */
  readonly #captureWrites = new Map<string, TxWrite>();

  constructor(known: KnownTx) {
    super(new Map());
    this.#known = known;
  }

  override get(lowerKey: string): string | undefined {
    return this.pair(lowerKey)?.value;
  }

  override pair(lowerKey: string): Pair | undefined {
    const written = this.#written.get(lowerKey);
    if (written !== undefined) return written ?? undefined;
    if (!this.#known.isKnown(lowerKey)) throw new NotConstantSignal();
    return this.#known.pair(lowerKey);
  }

  override set(name: string, value: string): void {
    this.#write(name, value);
  }

  override put(): never {
    throw new NotConstantSignal();
  }

  override remove(name: string): void {
    this.#write(name, null);
  }

  override list(): never {
    throw new NotConstantSignal();
  }

  override select(selects: (pair: Pair) => boolean): readonly Pair[] {
    const known = this.#known.select(selects);
    if (known === null) throw new NotConstantSignal();
    const selected = new Map(known.map((pair) => [pair.lowerKey, pair]));
    for (const [lowerKey, pair] of this.#written) {
      // What is taken away and comes again stands elsewhere.
      if (pair === null && selected.has(lowerKey)) throw new NotConstantSignal();
      if (pair !== null && selects(pair)) selected.set(lowerKey, pair);
    }
    return [...selected.values()];
  }

  override fork(): never {
    throw new NotConstantSignal();
  }

  override snapshot(): never {
    throw new NotConstantSignal();
  }

  override adopt(): never {
    throw new NotConstantSignal();
  }

  override setCaptures(captures: readonly (string | undefined)[]): void {
    for (const [group, key] of CAPTURE_KEYS.entries()) {
      if (this.#known.isPinned(key)) continue;
      const value = captures[group] ?? null;
      const before = this.#captureWrites.get(key);
      this.#written.set(key, value === null ? null : { key, lowerKey: key, value });
      // One after the other on the same place, as rules set them for each value that they take.
      if (before !== undefined && (before.value === null) === (value === null)) before.value = value;
      else {
        const write = new TxWrite(key, value);
        this.#captureWrites.set(key, write);
        this.writes.push(write);
      }
    }
  }

  #write(name: string, value: string | null): void {
    const lowerKey = name.toLowerCase();
    // Not ASCII only: what folds otherwise is left to each transaction.
    if (!/^[\x21-\x7e]*$/.test(name)) throw new NotConstantSignal();
    if (this.#known.isPinned(lowerKey)) return;
    const key = this.pair(lowerKey)?.key ?? name;
    // Its place in the list would be another one.
    if (value !== null && this.#written.get(lowerKey) === null) throw new NotConstantSignal();
    this.#written.set(lowerKey, value === null ? null : { key, lowerKey, value });
    this.writes.push(new TxWrite(name, value));
  }
}

/** What a rule may touch and stay constant. */
interface Touchable {
  readonly tx: ProbedTx;
  /** Of a head of which the shape is known. */
  readonly request?: unknown;
  readonly transforms: TransformCache;
  readonly scans: null;
  readonly partial: null;
  readonly removedTargets: readonly unknown[];
  readonly matches: MatchList;
  readonly trace: (line: string) => void;
  /** What is folded marks nothing: all know of it. */
  readonly noteWrite: () => void;
  matchedVars: MatchedVar[];
  rule: unknown;
  /** Only there once the rule has matched something. */
  matchedVar?: string;
  matchedVarName?: string;
}

const NOTHING_MATCHED: Pick<Touchable, 'matchedVar' | 'matchedVarName'> = {};

const WRITABLE: ReadonlySet<PropertyKey> = new Set(['matchedVars', 'rule', 'matchedVar', 'matchedVarName']);

/**
 * The outcome of a rule that is the same whatever the transaction; null where it may differ.
 *
 * @param shape of the heads of all transactions that are meant; null where they may have any
 */
export function probe(
  rule: LinkedRule,
  set: LinkedRuleSet,
  known: KnownTx,
  shape: HeadShape | null,
): ConstantOutcome | null {
  const mayRead = (variable: string): boolean =>
    FOLDED_VARIABLES.has(variable) || (shape !== null && SHAPED_VARIABLES.has(variable));
  // Most rules read the message, which is seen without asking them.
  if (rule.links[0]?.targets.some(({ variable }) => !mayRead(variable))) return null;
  const lines: string[] = [];
  const touchable: Touchable = {
    tx: new ProbedTx(known),
    transforms: new TransformCache(set.pipelines),
    scans: null,
    partial: null,
    removedTargets: [],
    matches: new MatchList(),
    trace: (line) => lines.push(line),
    noteWrite: () => undefined,
    matchedVars: [],
    rule: null,
    ...(shape === null ? {} : { request: probedRequest(shape, refuse) }),
  };
  try {
    const match = evaluateRule(guarded(touchable), rule);
    // What ends the message is for each transaction to do. A severity is, too: it reads HIGHEST_SEVERITY.
    if (match !== null && rule.data.disruption.kind !== 'pass') return null;
    // Nothing may be asked for that is not there.
    const { matchedVar, matchedVarName = '' } = Object.hasOwn(touchable, 'matchedVar')
      ? touchable
      : NOTHING_MATCHED;
    const matched =
      matchedVar === undefined ? null : { key: matchedVarName, lowerKey: '', value: matchedVar };
    const outcome = { match, writes: touchable.tx.writes, trace: lines, matched };
    // Other policies have it, too.
    return shape === null ? interned(rule, outcome) : shared(outcome);
  } catch (error) {
    // A rule that cannot be decided fails in each transaction, which records it.
    if (error instanceof NotConstantSignal || error instanceof EngineError) return null;
    throw error;
  }
}

/** What rules came to, each outcome once: hundreds of policies share their rules, and mostly what these do. */
const outcomes = new WeakMap<LinkedRule, Map<string, ConstantOutcome>>();

/** A rule has few: a policy pins levels. Beyond these, policies have their own. */
const OUTCOMES_MAX = 16;

const NEVER: ConstantOutcome = Object.freeze({ match: null, writes: [], trace: [], matched: null });

const shared = (outcome: ConstantOutcome): ConstantOutcome =>
  outcome.match === null && outcome.trace.length === 0 ? NEVER : outcome;

function interned(rule: LinkedRule, outcome: ConstantOutcome): ConstantOutcome {
  if (shared(outcome) === NEVER) return NEVER;
  let known = outcomes.get(rule);
  if (known === undefined) {
    known = new Map();
    outcomes.set(rule, known);
  }
  const { match, writes, trace, matched } = outcome;
  const texts = match === null ? null : [match.message, match.data, match.targets];
  const key = JSON.stringify([texts, writes, trace, matched]);
  const same = known.get(key);
  if (same !== undefined) return same;
  if (known.size < OUTCOMES_MAX) known.set(key, outcome);
  return outcome;
}

function refuse(): never {
  throw new NotConstantSignal();
}

/**
 * Behind what may be touched, for all that is not there. In front of it, a proxy would be what every function of an evaluation
 * knows as a state, and V8 would look up each property of each transaction's by its name.
 */
const REFUSING: object = new Proxy(Object.create(null), {
  get: refuse,
  has: refuse,
  set: (_, name, value, receiver: object) =>
    WRITABLE.has(name)
      ? Reflect.defineProperty(receiver, name, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        })
      : refuse(),
});

function guarded(touchable: Touchable): EvaluationState {
  Object.setPrototypeOf(touchable, REFUSING);
  return touchable as unknown as EvaluationState;
}
