/**
 * Folds what is the same in each transaction of a rule set: a policy pins the levels of the CRS, so that the rules about
 * them are decided before a request comes, and so are the defaults that the CRS assigns first of all.
 *
 * One walk over each phase, with what is known of TX at each place. A rule that reads nothing else either never matches,
 * and is left out, or always does, and what it does is kept. Behind a rule that may jump, what stands between it and its
 * marker may not have run, so that what it assigned is unknown from the marker on.
 *
 * It is done twice. Rules with conditions write scores, and rules at the end read them; most requests match none of the
 * former, so that there the latter are the same, too. Such a course is folded as well, and left as soon as one of the
 * variables is written that it takes for unchanged. It is folded once more for each shape of a head that comes often: rules
 * about methods, and about which headers there are, come out the same for all requests of it. Once a transaction removes rules
 * (ctl:ruleRemove…), its phases run unfolded: see phase.ts.
 */
import { assert } from '../assert.ts';
import { asciiLower } from '../bytes.ts';
import type { CleanCourse, ConstantBlock, FoldedPhase, Places } from '../link/folded.ts';
import type { LinkedPhase, LinkedRule } from '../link/linked.ts';
import { needsParts } from '../link/parts.ts';
import type { LinkedRuleSet, RuleSet } from '../link/rule-set.ts';
import type { Phase } from '../rule-set/program.ts';
import type { HeadShape } from '../variables/head-shape.ts';
import { nextAfter } from './flow.ts';
import { type Assumption, Known } from './known.ts';
import { type ConstantOutcome, probe } from './probe.ts';
import { ShapeCourses } from './shape-courses.ts';

/** The rule set with its phases folded: at once for the clean course, for all others when the first transaction takes one. */
export function fold(set: LinkedRuleSet): RuleSet {
  const clean = finished(foldClean(set, null));
  const courses = new ShapeCourses(clean, (shape) => foldClean(set, shape));
  let others: readonly FoldedPhase[] | null = null;
  return Object.freeze({
    ...set,
    get folded() {
      others ??= finished(foldCourse(set, null, null)).phases;
      return others;
    },
    clean,
    courseOf: (shape: HeadShape | null) => courses.courseOf(shape),
  });
}

/** Work that may be done piece by piece, with what it comes to. */
export type Pieces<Result> = Generator<undefined, Result, undefined>;

/** Rules of a piece: a fraction of a millisecond. */
const PIECE_RULES = 32;

function finished<Result>(pieces: Pieces<Result>): Result {
  for (;;) {
    const { done, value } = pieces.next();
    if (done === true) return value;
  }
}

function* foldClean(set: LinkedRuleSet, shape: HeadShape | null): Pieces<CleanCourse> {
  const assumption: Assumption = { written: new Set(), reliedOn: new Set() };
  const { phases, last } = yield* foldCourse(set, assumption, shape);
  return { phases, last, assumed: assumption.reliedOn };
}

const NARROW_MAX = 0xffff;

/** One for each of `count` places, and one more; each can hold `count`. */
const placesFor = (count: number): Places =>
  count <= NARROW_MAX ? new Uint16Array(count + 1) : new Uint32Array(count + 1);

const NOTHING: FoldedPhase = {
  nextLive: placesFor(0),
  nextUngated: placesFor(0),
  nextWithoutParts: placesFor(0),
  blocks: [],
};

const MESSAGE_PHASES: readonly Phase[] = [1, 2, 3, 4];

/**
 * Folds all phases.
 *
 * @param assumption filled: what is made holds as long as none of the variables is written that it relies on. Null assumes
 *   nothing
 * @param shape of the heads for which it holds; null for all
 */
function* foldCourse(
  set: LinkedRuleSet,
  assumption: Assumption | null,
  shape: HeadShape | null,
): Pieces<{ readonly phases: readonly FoldedPhase[]; readonly last: ReadonlyMap<number, FoldedPhase> }> {
  const known = new Known(set.pinned, assumption, shape !== null);
  const phases: FoldedPhase[] = [NOTHING];
  const last = new Map<number, FoldedPhase>();
  let isPassable = false;
  for (const phase of MESSAGE_PHASES) {
    const folder = new PhaseFolder(set, phaseOf(set, phase), known, shape, isPassable);
    phases.push(yield* folder.fold());
    // `allow:request` in phase 1 passes over phase 2, and phase 3 comes all the same.
    isPassable = phase === 1 && folder.allowsRequest;
    if (assumption !== null && phase % 2 === 0) {
      last.set(phase, yield* new PhaseFolder(set, phaseOf(set, 5), known.copy(), shape, false).fold());
    }
  }
  // Phase 5 also runs where others were cut short.
  known.forgetAll();
  phases.push(yield* new PhaseFolder(set, phaseOf(set, 5), known, shape, false).fold());
  return { phases, last };
}

function phaseOf(set: LinkedRuleSet, phase: Phase): LinkedPhase {
  const linked = set.phases[phase];
  assert(linked !== undefined, 'phases 1 to 5 are linked');
  return linked;
}

/** Between a rule that may jump and where it jumps to. */
interface Region {
  readonly end: number;
  readonly assigned: Set<string>;
}

type MutableBlock = { -readonly [Name in keyof ConstantBlock]: ConstantBlock[Name] } & {
  writes: ConstantBlock['writes'][number][];
  matches: ConstantBlock['matches'][number][];
  trace: string[];
};

const NONE: readonly never[] = Object.freeze([]);

/** Lists without the room to grow that they were made with: hundreds of policies have a hundred blocks each. */
const trimmed = (block: MutableBlock): ConstantBlock => ({
  ...block,
  writes: exact(block.writes),
  matches: exact(block.matches),
  trace: exact(block.trace),
});

const exact = <Item>(list: readonly Item[]): readonly Item[] => (list.length === 0 ? NONE : list.slice());

class PhaseFolder {
  readonly #set: LinkedRuleSet;
  readonly #phase: LinkedPhase;
  readonly #known: Known;
  readonly #shape: HeadShape | null;
  readonly #isLive: boolean[] = [];
  readonly #blocks: MutableBlock[] = [];
  #regions: Region[] = [];
  #block: MutableBlock | null = null;
  /** What is assigned where the phase may be over, or never have begun, and others come all the same. */
  #behindAllow: Set<string> | null;
  #allowsRequest = false;

  /** @param isPassable whether later phases may come without this one */
  constructor(
    set: LinkedRuleSet,
    phase: LinkedPhase,
    known: Known,
    shape: HeadShape | null,
    isPassable: boolean,
  ) {
    this.#set = set;
    this.#shape = shape;
    this.#phase = phase;
    this.#known = known;
    this.#behindAllow = isPassable ? new Set() : null;
  }

  /** Whether a rule may let the whole request pass. */
  get allowsRequest(): boolean {
    return this.#allowsRequest;
  }

  *fold(): Pieces<FoldedPhase> {
    const { items } = this.#phase;
    let deadUntil = 0;
    for (const [at, item] of items.entries()) {
      if (at % PIECE_RULES === PIECE_RULES - 1) yield;
      this.#closeRegions(at);
      if (item.kind === 'marker' || at < deadUntil) continue;
      const outcome = this.#constantOutcome(item, at);
      if (outcome === null) {
        this.#dynamic(item, at);
        continue;
      }
      if (outcome.match === null && outcome.trace.length === 0) continue;
      this.#constant(outcome, at);
      if (outcome.match !== null) deadUntil = nextAfter(this.#phase, item, at) + 1;
    }
    this.#closeRegions(items.length);
    for (const key of this.#behindAllow ?? []) this.#known.forget(key);
    const { gates } = this.#phase;
    const isAsked = (at: number): boolean => this.#isLive[at] === true && gates[at] === -1;
    const needs = items.map((item, at) => isAsked(at) && item.kind === 'rule' && needsParts(item.data));
    // What is the same in each request is done by blocks, which begin where a rule was.
    for (const { first } of this.#blocks) needs[first] = false;
    const nextUngated = this.#next(items.length, isAsked);
    return {
      nextLive: this.#next(items.length, (at) => this.#isLive[at] === true),
      nextUngated,
      nextWithoutParts: needs.includes(true)
        ? this.#next(items.length, (at) => isAsked(at) && needs[at] !== true)
        : nextUngated,
      blocks: this.#blocks.map(trimmed),
    };
  }

  /** Null where the rule has to be asked. */
  #constantOutcome(rule: LinkedRule, at: number): ConstantOutcome | null {
    const outcome = probe(rule, this.#set, this.#known, this.#shape);
    if (outcome?.match == null) return outcome;
    const landing = nextAfter(this.#phase, rule, at) + 1;
    // Another rule may jump into what this one would skip.
    return this.#regions.some(({ end }) => end > at && end < landing) ? null : outcome;
  }

  #dynamic(rule: LinkedRule, at: number): void {
    this.#isLive[at] = true;
    this.#block = null;
    this.#known.forgetWritesOf(rule.data);
    const { disruption } = rule.data;
    if (disruption.kind === 'allow') {
      this.#behindAllow ??= new Set();
      this.#allowsRequest ||= disruption.scope === 'request';
    }
    const landing = nextAfter(this.#phase, rule, at) + 1;
    if (landing > at + 1) this.#regions.push({ end: landing, assigned: new Set() });
  }

  #constant(outcome: ConstantOutcome, at: number): void {
    let block = this.#block;
    const before = block === null ? this.#known.base : (block.jump?.before ?? null);
    if (block === null) {
      block = { first: at, last: at, writes: [], jump: null, matches: [], trace: [], matched: null };
      this.#block = block;
      this.#blocks.push(block);
      this.#isLive[at] = true;
    }
    for (const write of outcome.writes) {
      this.#known.apply(write);
      const key = asciiLower(write.name);
      for (const { assigned } of this.#regions) assigned.add(key);
      this.#behindAllow?.add(key);
    }
    block.last = at;
    block.writes.push(...outcome.writes);
    if (outcome.match !== null) block.matches.push(Object.freeze(outcome.match));
    block.trace.push(...outcome.trace);
    block.matched = outcome.matched ?? block.matched;
    const after = before === null ? null : this.#known.settle();
    block.jump = before !== null && after !== null ? { before, after } : null;
  }

  #closeRegions(at: number): void {
    const ended = this.#regions.filter(({ end }) => end <= at);
    if (ended.length === 0) return;
    // Whoever jumps here must not miss what comes, nor do again what it skipped.
    this.#block = null;
    this.#regions = this.#regions.filter(({ end }) => end > at);
    for (const { assigned } of ended) for (const key of assigned) this.#known.forget(key);
  }

  /** By place, and one more: the first place from there on that `stops`, or `count`. */
  #next(count: number, stops: (at: number) => boolean): Places {
    const next = placesFor(count);
    next[count] = count;
    for (let at = count - 1; at >= 0; at--) next[at] = stops(at) ? at : (next[at + 1] ?? count);
    return next;
  }
}
