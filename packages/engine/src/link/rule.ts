/** One rule of a program to closures. What comes out depends on the program and its slots alone, not on the set. */
import { assert } from '../assert.ts';
import { EngineError } from '../errors.ts';
import type { OperatorEnvironment, OperatorInstance } from '../operators/operator.ts';
import { findOperator } from '../operators/registry.ts';
import { hasNativeForm } from '../prefilter/native-forms.ts';
import { isScannable, operatorKey, paranoiaOf } from '../prefilter/prefilter.ts';
import type { CompiledLink, CompiledOperator, CompiledRule } from '../rule-set/program.ts';
import { linkAction } from './actions.ts';
import type { LinkedLink, LinkedOperator, LinkedRule } from './linked.ts';
import { linkMacro } from './macros.ts';
import type { PipelineTree } from './pipelines.ts';
import type { ScanUnit } from './rule-set.ts';
import { linkExclusion, linkTarget } from './targets.ts';

export interface RuleLinking {
  readonly environment: OperatorEnvironment;
  readonly pipelines: PipelineTree;
}

export function linkRule(data: CompiledRule, unit: ScanUnit, linking: RuleLinking): LinkedRule {
  try {
    const links = data.links.map((link, at) => linkLink(link, unit, linking, at === 0));
    return {
      kind: 'rule',
      data,
      links,
      gate: hasSlots(data, unit) ? gateOf(data.links[0], links[0]) : -1,
      msg: data.msg === null ? null : linkMacro(data.msg),
      logdata: data.logdata === null ? null : linkMacro(data.logdata),
      location: data.disruption.kind === 'redirect' ? linkMacro(data.disruption.location) : null,
      paranoia: paranoiaOf(data),
    };
  } catch (error) {
    if (!(error instanceof EngineError) || error.position !== undefined) throw error;
    throw new EngineError(error.code, error.details, { position: data.position, cause: error });
  }
}

/**
 * A rule above the level of the prefilter may share its operator with one below. Gated, it would have all that it reads
 * scanned in each request, for a rule that does not run.
 */
const hasSlots = (data: CompiledRule, { prefilter }: ScanUnit): boolean =>
  (paranoiaOf(data) ?? 0) <= prefilter.paranoiaMax;

/** A rule is gated where all its values are there to be scanned, behind transformations that the scan can do. */
function gateOf(compiled: CompiledLink | undefined, head: LinkedLink | undefined): number {
  if (compiled === undefined || head === undefined) return -1;
  const isFixed = head.targets.every((target) => target.fixed && !target.count);
  const isNative = compiled.transformations.every(hasNativeForm);
  return isFixed && isNative ? (head.operator?.slot ?? -1) : -1;
}

function linkLink(link: CompiledLink, unit: ScanUnit, linking: RuleLinking, isHead: boolean): LinkedLink {
  const { environment, pipelines } = linking;
  const compileRegex = (pattern: string) => environment.compileRegex(pattern);
  const path = pipelines.path(link.transformations);
  return {
    targets: link.targets.map((target) => linkTarget(target, compileRegex)),
    exclusions: link.exclusions.map((target) => linkExclusion(target, compileRegex)),
    operator: link.operator === null ? null : linkOperator(link.operator, unit, environment, isHead),
    nodes: link.multiMatch ? path : path.slice(-1),
    capture: link.capture,
    actions: link.actions.map((action) => linkAction(action, compileRegex)),
  };
}

function linkOperator(
  operator: CompiledOperator,
  unit: ScanUnit,
  environment: OperatorEnvironment,
  isHead: boolean,
): LinkedOperator {
  const definition = findOperator(operator.name);
  assert(definition !== undefined, `operator ${operator.name} was checked when compiled`);
  const { text, hasMacros, lines } = operator;
  const make = () => definition.create({ text, hasMacros, lines }, environment);
  const slot = isHead && isScannable(operator) ? unit.prefilter.slots.get(operatorKey(operator)) : undefined;
  return {
    // What is made of a whole file takes a while: not in a request's time.
    instance: definition.readsFile === 'whole' ? make() : lazily(make),
    negated: operator.negated,
    expand: hasMacros ? linkMacro(operator.argument) : () => text,
    slot: slot === undefined ? -1 : slot + unit.slotOffset,
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
