/**
 * What of a phase is the same in each transaction of a rule set: rules about TX variables that the policy pins, or that
 * nothing but the rules before has set. They are evaluated once, when the rule set is made.
 */
import { asciiLower } from '../bytes.ts';
import type { Pair } from '../variables/pair.ts';
import type { TxPairs } from '../variables/tx-collection.ts';
import type { LinkedRule } from './linked.ts';

/**
 * What rules that are folded may read: TX, and what does not depend on the transaction. A transaction that takes one of
 * these from a rule's targets is not evaluated as the set was.
 */
export const FOLDED_VARIABLES: ReadonlySet<string> = new Set([
  'MATCHED_VAR',
  'MATCHED_VARS',
  'MATCHED_VARS_NAMES',
  'MATCHED_VAR_NAME',
  'RULE',
  'TX',
  'URI_PARSE_ERROR',
]);

/** What follows from the shape of a head, wholly or in part: see variables/head-shape.ts. */
export const SHAPED_VARIABLES: ReadonlySet<string> = new Set([
  'REQUEST_HEADERS',
  'REQUEST_HEADERS_NAMES',
  'REQUEST_METHOD',
  'REQUEST_PROTOCOL',
]);

/** An assignment to TX; a value of null takes the name away. */
export class TxWrite {
  readonly name: string;
  value: string | null;
  #pair: Pair | null = null;

  constructor(name: string, value: string | null) {
    this.name = name;
    this.value = value;
  }

  /** What stands in TX then, one for all transactions; null where nothing does. */
  get pair(): Pair | null {
    const { name, value } = this;
    if (value === null) return null;
    if (this.#pair?.value !== value)
      this.#pair = Object.freeze({ key: name, lowerKey: asciiLower(name), value });
    return this.#pair;
  }
}

/** A rule of which all links matched; see evaluate/state.ts. */
export interface ConstantMatch {
  readonly rule: LinkedRule;
  readonly message: string;
  readonly data: string;
  readonly targets: readonly {
    readonly link: number;
    readonly label: string;
    readonly value: string;
    readonly score: number;
  }[];
}

/** What rules that follow one another do, as one step. */
export interface ConstantBlock {
  /** Places of the first and the last item that it stands for. */
  readonly first: number;
  readonly last: number;
  readonly writes: readonly TxWrite[];
  /** TX before and after, where nothing but this can have written it so far. */
  readonly jump: { readonly before: TxPairs; readonly after: TxPairs } | null;
  readonly matches: readonly ConstantMatch[];
  readonly trace: readonly string[];
  /** MATCHED_VAR afterwards; null where nothing matched. */
  readonly matched: Pair | null;
}

/** Places in a phase: as narrow as their number allows, since hundreds of policies have their own. */
export type Places = Uint16Array | Uint32Array;

export interface FoldedPhase {
  /** By place, and one more: the first item from there on that is not folded away, or the number of items. */
  readonly nextLive: Places;
  /** As `nextLive`, without the rules that are asked only where the scan has found their slot. */
  readonly nextUngated: Places;
  /** As `nextUngated`, without the rules that need parts of a multipart body: for requests that have none. */
  readonly nextWithoutParts: Places;
  /** In the order of their places. */
  readonly blocks: readonly ConstantBlock[];
}

export interface CleanCourse {
  /** By phase number, 1 to 4. */
  readonly phases: readonly FoldedPhase[];
  /** Phase 5, by the last phase that ran before it. */
  readonly last: ReadonlyMap<number, FoldedPhase>;
  /** TX variables, in lower case, by which rules were folded behind others that may write them: none does in such a course. */
  readonly assumed: ReadonlySet<string>;
}
