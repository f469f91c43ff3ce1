/** setvar, initcol and ctl as data that the interpreter runs. */

import type { XmlArgumentsMode } from '../body/processor.ts';
import { compileTarget } from '../compile/targets.ts';
import { EngineError } from '../errors.ts';
import type { CtlArgument } from '../language/ast.ts';
import type { Regex } from '../operators/operator.ts';
import type { CompiledAction, Selection } from '../rule-set/program.ts';
import type { LinkedAction } from './linked.ts';
import { linkMacro, linkName } from './macros.ts';
import { linkExclusion } from './targets.ts';

type CompileRegex = (pattern: string) => Regex;

export function linkAction(action: CompiledAction, compileRegex: CompileRegex): LinkedAction {
  switch (action.kind) {
    case 'setvar': {
      const { collection, name, operation, value } = action.setvar;
      return { kind: 'setvar', collection, name: linkName(name), operation, value: linkMacro(value) };
    }
    case 'initcol':
      return { ...action, key: linkMacro(action.key) };
    case 'expirevar':
      return { ...action, name: linkMacro(action.name), seconds: linkMacro(action.seconds) };
    case 'deprecatevar':
      return { ...action, name: linkMacro(action.name) };
    case 'setenv': {
      const { name, value } = action;
      return { kind: 'setenv', name: linkMacro(name), value: value === null ? null : linkMacro(value) };
    }
    case 'sanitise':
      return action;
    case 'ctl':
      return linkCtl(action.ctl, compileRegex);
  }
}

function linkCtl(ctl: CtlArgument, compileRegex: CompileRegex): LinkedAction {
  const on = ctl.value.toLowerCase() === 'on';
  switch (ctl.option) {
    case 'ruleRemoveById':
    case 'ruleRemoveByTag':
    case 'ruleRemoveByMsg':
      return { kind: 'removeRules', by: selectionOf(ctl, compileRegex) };
    case 'ruleRemoveTargetById':
    case 'ruleRemoveTargetByTag':
    case 'ruleRemoveTargetByMsg':
      return removeTargets(ctl, compileRegex);
    case 'ruleEngine':
      return { kind: 'ruleEngine', mode: engineMode(ctl.value) };
    case 'requestBodyProcessor':
      return { kind: 'requestBodyProcessor', processor: ctl.value.toUpperCase() };
    case 'responseBodyProcessor':
      return { kind: 'responseBodyProcessor', processor: ctl.value === 'XML' ? 'XML' : 'JSON' };
    case 'parseXmlIntoArgs':
      return { kind: 'parseXmlIntoArgs', mode: ctl.value as XmlArgumentsMode };
    case 'forceRequestBodyVariable':
    case 'forceResponseBodyVariable':
      return { kind: ctl.option, on };
    case 'requestBodyLimit':
    case 'responseBodyLimit':
      return { kind: ctl.option, bytes: Number(ctl.value) };
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

function removeTargets(ctl: CtlArgument, compileRegex: CompileRegex): LinkedAction {
  if (ctl.target === null) throw badCtl(ctl, 'a target is missing after the semicolon');
  const exclusion = linkExclusion(compileTarget({ ...ctl.target, exclude: true }), compileRegex);
  return { kind: 'removeTargets', by: selectionOf(ctl, compileRegex), exclusion };
}

function engineMode(value: string): 'On' | 'DetectionOnly' | 'Off' {
  const lower = value.toLowerCase();
  return lower === 'off' ? 'Off' : lower === 'detectiononly' ? 'DetectionOnly' : 'On';
}

function selectionOf(ctl: CtlArgument, compileRegex: CompileRegex): Selection {
  if (!ctl.option.endsWith('ById')) {
    // Which rules it names is asked at a request; that it is a pattern is asked now.
    compileRegex(ctl.value);
    return { kind: ctl.option.endsWith('ByTag') ? 'tag' : 'msg', pattern: ctl.value };
  }
  const ranges = ctl.value.split(/[\s,]+/).map((range): [number, number] => {
    const [first = '', last = first] = range.split('-');
    return [Number(first), Number(last)];
  });
  return { kind: 'id', ranges };
}

const badCtl = (ctl: CtlArgument, reason: string): EngineError =>
  new EngineError('SECLANG_BAD_ARGUMENT', { what: `ctl:${ctl.option}=${ctl.value}`, reason });
