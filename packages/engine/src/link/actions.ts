/** setvar, initcol and ctl as data that the interpreter runs; which rules a ctl speaks of is settled here, once. */

import { selector } from '../compile/amendments.ts';
import { compileTarget } from '../compile/targets.ts';
import { EngineError } from '../errors.ts';
import type { CtlArgument } from '../language/ast.ts';
import type { Regex } from '../operators/operator.ts';
import type { CompiledAction, CompiledRule, Selection } from '../rule-set/program.ts';
import type { LinkedAction } from './linked.ts';
import { linkMacro } from './macros.ts';
import { linkExclusion } from './targets.ts';

export interface ActionLinking {
  /** All rules of the set, in order: ctl names rules by id, tag or message. */
  readonly rules: readonly CompiledRule[];
  readonly compileRegex: (pattern: string) => Regex;
}

export function linkAction(action: CompiledAction, linking: ActionLinking): LinkedAction {
  switch (action.kind) {
    case 'setvar': {
      const { collection, name, operation, value } = action.setvar;
      return { kind: 'setvar', collection, name: linkMacro(name), operation, value: linkMacro(value) };
    }
    case 'initcol':
      return { kind: 'initcol', collection: action.collection, key: linkMacro(action.key) };
    case 'ctl':
      return linkCtl(action.ctl, linking);
  }
}

function linkCtl(ctl: CtlArgument, linking: ActionLinking): LinkedAction {
  const on = ctl.value.toLowerCase() === 'on';
  switch (ctl.option) {
    case 'ruleRemoveById':
    case 'ruleRemoveByTag':
    case 'ruleRemoveByMsg':
      return { kind: 'removeRules', ruleIndexes: indexesOf(ctl, linking) };
    case 'ruleRemoveTargetById':
    case 'ruleRemoveTargetByTag':
    case 'ruleRemoveTargetByMsg':
      return removeTargets(ctl, linking);
    case 'ruleEngine':
      return { kind: 'ruleEngine', mode: engineMode(ctl.value) };
    case 'requestBodyProcessor':
      return { kind: 'requestBodyProcessor', processor: ctl.value.toUpperCase() };
    case 'forceRequestBodyVariable':
      return { kind: 'forceRequestBodyVariable', on };
    case 'requestBodyAccess':
    case 'responseBodyAccess':
      return { kind: ctl.option, on };
    case 'auditEngine':
    case 'auditLogParts':
    case 'debugLogLevel':
      return { kind: 'logging' };
    default:
      throw new EngineError('SECLANG_UNSUPPORTED', {
        what: `ctl:${ctl.option}`,
        alternative: 'Set it for the whole policy, in its settings.',
      });
  }
}

function removeTargets(ctl: CtlArgument, linking: ActionLinking): LinkedAction {
  if (ctl.target === null) throw badCtl(ctl, 'a target is missing after the semicolon');
  const exclusion = linkExclusion(compileTarget({ ...ctl.target, exclude: true }), linking.compileRegex);
  return { kind: 'removeTargets', ruleIndexes: indexesOf(ctl, linking), exclusion };
}

function engineMode(value: string): 'On' | 'DetectionOnly' | 'Off' {
  const lower = value.toLowerCase();
  return lower === 'off' ? 'Off' : lower === 'detectiononly' ? 'DetectionOnly' : 'On';
}

function indexesOf(ctl: CtlArgument, { rules, compileRegex }: ActionLinking): readonly number[] {
  const selects = selector(selectionOf(ctl), compileRegex);
  return rules.flatMap((rule, index) => (selects(rule) ? [index] : []));
}

function selectionOf(ctl: CtlArgument): Selection {
  if (ctl.option.endsWith('ByTag')) return { kind: 'tag', pattern: ctl.value };
  if (ctl.option.endsWith('ByMsg')) return { kind: 'msg', pattern: ctl.value };
  const ranges = ctl.value.split(/[\s,]+/).map((range): [number, number] => {
    const [first = '', last = first] = range.split('-');
    return [Number(first), Number(last)];
  });
  return { kind: 'id', ranges };
}

const badCtl = (ctl: CtlArgument, reason: string): EngineError =>
  new EngineError('SECLANG_BAD_ARGUMENT', { what: `ctl:${ctl.option}=${ctl.value}`, reason });
