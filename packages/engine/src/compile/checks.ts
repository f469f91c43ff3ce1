/** What is checked when rules are compiled, with its place, though it is put together only for each rule set. */
import { EngineError, type SourcePosition } from '../errors.ts';
import type { CtlArgument, Macro, TargetNode } from '../language/ast.ts';
import type { Regex } from '../operators/operator.ts';
import type { CompiledAction } from '../rule-set/program.ts';
import { variableReader } from '../variables/readers.ts';
import { checkPart, compileTarget, OTHER_VARIABLES } from './targets.ts';

type CompileRegex = (pattern: string) => Regex;

/** Gives errors without a position this one. */
export function atPosition<T>(position: SourcePosition, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof EngineError) || error.position !== undefined) throw error;
    throw new EngineError(error.code, error.details, { position, cause: error });
  }
}

/** Refuses a macro of a variable that the engine does not fill: it would silently be empty. */
export function checkMacro(macro: Macro, position: SourcePosition): void {
  for (const part of macro) {
    if (typeof part === 'string') continue;
    checkPart(part.variable, part.key, position);
    if (variableReader(part.variable) !== undefined) continue;
    const what = `%{${part.variable}${part.key === null ? '' : `.${part.key}`}}`;
    throw new EngineError('SECLANG_UNSUPPORTED', { what, alternative: OTHER_VARIABLES }, { position });
  }
}

export function checkSelectors(targets: readonly TargetNode[], compileRegex: CompileRegex): void {
  for (const { selector, position } of targets) {
    if (selector?.kind === 'regex') atPosition(position, () => compileRegex(selector.pattern));
  }
}

/** Refuses what an action names and the engine does not have. */
export function checkAction(action: CompiledAction, position: SourcePosition): void {
  switch (action.kind) {
    case 'setvar':
      checkMacro(action.setvar.name, position);
      checkMacro(action.setvar.value, position);
      return;
    case 'initcol':
      checkMacro(action.key, position);
      return;
    case 'expirevar':
      checkMacro(action.name, position);
      checkMacro(action.seconds, position);
      return;
    case 'deprecatevar':
      checkMacro(action.name, position);
      return;
    case 'setenv':
      checkMacro(action.name, position);
      if (action.value !== null) checkMacro(action.value, position);
      return;
    case 'sanitise':
      return;
    case 'ctl':
      checkCtl(action.ctl);
      return;
  }
}

function checkCtl({ target }: CtlArgument): void {
  if (target !== null) compileTarget({ ...target, exclude: true });
}

/** Refuses patterns of ctl that are none. */
export function checkPatterns(
  actions: readonly CompiledAction[],
  position: SourcePosition,
  compileRegex: CompileRegex,
): void {
  for (const action of actions) {
    if (action.kind !== 'ctl') continue;
    const { option, value, target } = action.ctl;
    if (target !== null) checkSelectors([target], compileRegex);
    if (/By(?:Tag|Msg)$/.test(option)) atPosition(position, () => compileRegex(value));
  }
}
