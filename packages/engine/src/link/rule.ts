/** One rule of a program to closures. What comes out depends on the program and its slots alone, not on the set. */
import { assert } from '../assert.ts';
import { atPosition } from '../compile/checks.ts';
import type { OperatorEnvironment, OperatorInstance } from '../operators/operator.ts';
import { findOperator } from '../operators/registry.ts';
import { hasNativeForm } from '../prefilter/native-forms.ts';
import { isScannable, operatorKey, paranoiaOf } from '../prefilter/prefilter.ts';
import type { CompiledLink, CompiledOperator, CompiledRule } from '../rule-set/program.ts';
import { variableReader } from '../variables/readers.ts';
import { linkAction } from './actions.ts';
import { Answers } from './answers.ts';
import type { LinkedLink, LinkedOperator, LinkedRule } from './linked.ts';
import { linkMacro } from './macros.ts';
import type { PipelineTree } from './pipelines.ts';
import type { ScanUnit } from './rule-set.ts';
import { linkExclusion, linkTarget } from './targets.ts';

export interface RuleLinking {
  readonly environment: OperatorEnvironment;
  readonly pipelines: PipelineTree;
}

/**
 * Links a rule: at once where the scan decides whether it is asked, or where an operator reads a whole file, which takes more
 * than a request's time; else when it is first asked. At level 1 most rules of the CRS never are. All that linking could
 * refuse was refused when the program was compiled.
 */
export function linkRule(data: CompiledRule, unit: ScanUnit, linking: RuleLinking): LinkedRule {
  const slot = slotOf(data.links[0], unit);
  const gate = isGated(data.links[0]) && hasSlots(data, unit) ? slot : -1;
  const parts = () => atPosition(data.position, () => linkParts(data, slot, linking));
  const isLater = gate < 0 && !data.links.some(({ operator }) => readsWholeFile(operator));
  return new LazyRule(data, gate, isLater ? parts : parts());
}

/** What is made of a rule when it is linked. */
type RuleParts = Pick<LinkedRule, 'links' | 'msg' | 'logdata' | 'location' | 'paranoia'>;

class LazyRule implements LinkedRule {
  readonly kind = 'rule';
  readonly data: CompiledRule;
  readonly gate: number;
  #parts: RuleParts | (() => RuleParts);

  constructor(data: CompiledRule, gate: number, parts: RuleParts | (() => RuleParts)) {
    this.data = data;
    this.gate = gate;
    this.#parts = parts;
  }

  get links(): LinkedRule['links'] {
    return this.#made().links;
  }

  get msg(): LinkedRule['msg'] {
    return this.#made().msg;
  }

  get logdata(): LinkedRule['logdata'] {
    return this.#made().logdata;
  }

  get location(): LinkedRule['location'] {
    return this.#made().location;
  }

  get paranoia(): LinkedRule['paranoia'] {
    return this.#made().paranoia;
  }

  #made(): RuleParts {
    if (typeof this.#parts === 'function') this.#parts = this.#parts();
    return this.#parts;
  }
}

function linkParts(data: CompiledRule, slot: number, linking: RuleLinking): RuleParts {
  return {
    links: data.links.map((link, at) => linkLink(link, at === 0 ? slot : -1, linking)),
    msg: data.msg === null ? null : linkMacro(data.msg),
    logdata: data.logdata === null ? null : linkMacro(data.logdata),
    location: data.disruption.kind === 'redirect' ? linkMacro(data.disruption.location) : null,
    paranoia: paranoiaOf(data),
  };
}

/** The slot of a head's operator; -1 where it is not scanned. */
function slotOf(head: CompiledLink | undefined, { prefilter, slotOffset }: ScanUnit): number {
  const operator = head?.operator ?? null;
  const slot = isScannable(operator) ? prefilter.slots.get(operatorKey(operator)) : undefined;
  return slot === undefined ? -1 : slot + slotOffset;
}

/**
 * A rule above the level of the prefilter may share its operator with one below. Gated, it would have all that it reads
 * scanned in each request, for a rule that does not run.
 */
const hasSlots = (data: CompiledRule, { prefilter }: ScanUnit): boolean =>
  (paranoiaOf(data) ?? 0) <= prefilter.paranoiaMax;

/** A rule is gated where all its values are there to be scanned, behind transformations that the scan can do. */
const isGated = (head: CompiledLink | undefined): boolean =>
  head?.targets.every(({ variable, count }) => !count && variableReader(variable)?.fixed === true) === true &&
  head.transformations.every(hasNativeForm);

const readsWholeFile = (operator: CompiledOperator | null): boolean =>
  operator !== null && findOperator(operator.name)?.readsFile === 'whole';

function linkLink(link: CompiledLink, slot: number, linking: RuleLinking): LinkedLink {
  const { environment, pipelines } = linking;
  const compileRegex = (pattern: string) => environment.compileRegex(pattern);
  const path = pipelines.path(link.transformations);
  return {
    targets: link.targets.map((target) => linkTarget(target, compileRegex)),
    exclusions: link.exclusions.map((target) => linkExclusion(target, compileRegex)),
    operator: link.operator === null ? null : linkOperator(link.operator, slot, environment),
    nodes: link.multiMatch ? path : path.slice(-1),
    capture: link.capture,
    actions: link.actions.map((action) => linkAction(action, compileRegex)),
  };
}

/** What they say of a value depends on that alone. */
const ANSWERING: ReadonlySet<string> = new Set([
  ...['rx', 'eq', 'ge', 'gt', 'le', 'lt', 'streq', 'contains', 'beginsWith', 'endsWith', 'within'],
  ...['validateByteRange', 'validateUrlEncoding', 'validateUtf8Encoding'],
]);

function linkOperator(
  operator: CompiledOperator,
  slot: number,
  environment: OperatorEnvironment,
): LinkedOperator {
  const definition = findOperator(operator.name);
  assert(definition !== undefined, `operator ${operator.name} was checked when compiled`);
  const { text, hasMacros, lines } = operator;
  const make = () => definition.create({ text, hasMacros, lines }, environment);
  return {
    // What is made of a whole file takes a while: not in a request's time.
    instance: definition.readsFile === 'whole' ? make() : lazily(make),
    negated: operator.negated,
    expand: hasMacros ? linkMacro(operator.argument) : () => text,
    slot,
    answers: ANSWERING.has(operator.name) && !hasMacros ? new Answers() : null,
  };
}

/**
 * Most operators of a policy never see a value that could match. Each was made once when its program was compiled, so
 * making it cannot fail for what the rule says.
 */
function lazily(make: () => OperatorInstance): OperatorInstance {
  let made: OperatorInstance | null = null;
  return {
    match(value, argument) {
      made ??= make();
      return made.match(value, argument);
    },
    test(value, argument) {
      made ??= make();
      return made.test === undefined ? made.match(value, argument) !== null : made.test(value, argument);
    },
    tell(findings, value, argument) {
      made?.tell?.(findings, value, argument);
    },
  };
}
