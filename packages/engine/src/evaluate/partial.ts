/**
 * A message that is judged before all of it is here. What is found in it must still be found whatever follows: a rule
 * that asks what a value must look like, or what a message must have, is not asked of what has not ended. Those rules
 * are asked when it has.
 */
import type { LinkedOperator, LinkedRule } from '../link/linked.ts';
import type { LinkedTarget } from '../link/targets.ts';
import type { Pair } from '../variables/pair.ts';
import type { RequestData } from '../variables/request-data.ts';

/** A word that goes on, and one that ends: what is found at the end of a value by chance is not found in front of both. */
const CONTINUATIONS = ['x', '\x01x'];

/** Operators whose answer says something of the whole value. `gt` and `ge` are not among them: sizes only grow. */
const OF_WHOLE_VALUES: ReadonlySet<string> = new Set([
  ...[
    'eq',
    'le',
    'lt',
    'rbl',
    'validateNid',
    'validateSchema',
    'validateUrlEncoding',
    'validateUtf8Encoding',
  ],
  ...['verifyCC', 'verifyCPF', 'verifySSN', 'verifySVNR'],
]);

/** Scalars of the body, which change while it comes. */
const OF_BODY: ReadonlySet<string> = new Set([
  'ARGS_COMBINED_SIZE',
  'FILES_COMBINED_SIZE',
  'FILES_SIZES',
  'FILES_TMP_CONTENT',
  'FULL_REQUEST',
  'FULL_REQUEST_LENGTH',
  'REQUEST_BODY',
  'REQUEST_BODY_LENGTH',
]);

/** Collections to which the body adds: how many values there are is not known before its end. */
const GROWING: ReadonlySet<string> = new Set([
  ...OF_BODY,
  'ARGS',
  'ARGS_NAMES',
  'ARGS_POST',
  'ARGS_POST_NAMES',
  'FILES',
  'FILES_NAMES',
  'MULTIPART_FILENAME',
  'MULTIPART_NAME',
  'MULTIPART_PART_HEADERS',
  'XML',
]);

/** What rules set aside of the values that they matched. */
const DERIVED: ReadonlySet<string> = new Set([
  'MATCHED_VAR',
  'MATCHED_VARS',
  'MATCHED_VARS_NAMES',
  'MATCHED_VAR_NAME',
  'TX',
]);

export class PartialMessage {
  readonly #request: RequestData;
  readonly #goesOn: boolean;
  /** The rule that matched an unfinished value last: what it set aside is as unfinished. */
  #derivedBy: LinkedRule | null = null;

  /** @param goesOn more of the body is to come; false where it was cut for good, and nothing more will be known */
  constructor(request: RequestData, goesOn: boolean) {
    this.#request = request;
    this.#goesOn = goesOn;
  }

  /** Whether a rule is not asked of a value yet. */
  postpones(
    rule: LinkedRule,
    operator: LinkedOperator,
    link: number,
    target: LinkedTarget,
    pair: Pair,
  ): boolean {
    if (target.count) return this.#goesOn && GROWING.has(target.variable);
    if (!this.#isUnfinished(rule, target, pair)) return false;
    return operator.negated || OF_WHOLE_VALUES.has(rule.data.links[link]?.operator?.name ?? '');
  }

  /** Whether what an operator found in a value is there only because nothing follows yet. */
  isChance(
    rule: LinkedRule,
    { instance }: LinkedOperator,
    argument: string,
    target: LinkedTarget,
    pair: Pair,
    value: string,
  ): boolean {
    if (target.count || !this.#isUnfinished(rule, target, pair)) return false;
    for (const more of CONTINUATIONS) if (instance.match(value + more, argument) === null) return true;
    this.#derivedBy = rule;
    return false;
  }

  #isUnfinished(rule: LinkedRule, { variable }: LinkedTarget, pair: Pair): boolean {
    if (this.#request.unfinished?.has(pair) === true) return true;
    if (this.#goesOn && OF_BODY.has(variable)) return true;
    return this.#derivedBy === rule && DERIVED.has(variable);
  }
}
